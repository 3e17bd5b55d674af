#include "connectors/kafka/outbox.h"

#include <cstring>

#include "connectors/kafka/format/key_change.h"
#include "connectors/kafka/murmur2.h"

namespace slotcast::kafka {
namespace {

RowHeaders headers_of(const Options& options) {
  sink::Mistakes none;
  return RowHeaders(read_headers(options.headers, none));
}

}  // namespace

Outbox::Outbox(const Options& options)
    : partition_(options.partition),
      partition_column_(options.partition_column),
      headers_(headers_of(options)) {}

Result<const Outgoing*> Outbox::address(const Change& change, const Way& way,
                                        const Messages& messages,
                                        const Messages::Message& message) {
  const bool is_whole = message.half == Messages::Half::None;
  if (!is_whole) half_ = half_of(change, message.half);
  const Change& is_of = is_whole ? change : half_;
  address(*way.topic, messages, message);
  TRY_ASSIGN(outgoing_.hash, partition_hash(is_of, way, outgoing_.key));
  headers_.add(is_of, outgoing_);
  return static_cast<const Outgoing*>(&outgoing_);
}

const Outgoing& Outbox::address(const Topic& topic, const Messages& messages,
                                const Messages::Message& message) {
  const auto text = [&](const Messages::Part& part) {
    return part.is_null ? std::nullopt : std::optional(messages.text(part));
  };
  outgoing_.topic = topic.handle.get();
  outgoing_.hash = 0;
  outgoing_.key = text(message.key);
  outgoing_.value = text(message.value);
  outgoing_.headers.clear();
  for (std::uint32_t i = 0; i < message.headers; ++i) {
    const Messages::Header& header = messages.header(message.first_header + i);
    outgoing_.headers.push_back({header.name, text(header.value)});
  }
  return outgoing_;
}

Result<std::uint32_t> Outbox::partition_hash(const Change& change, const Way& way,
                                             const std::optional<std::string_view>& key) const {
  switch (partition_) {
    case PartitionBy::Single:
      return 0;
    case PartitionBy::Table:
      return way.table_hash;
    case PartitionBy::Key:
      return key ? murmur2(*key) : way.table_hash;
    case PartitionBy::Column:
      break;
  }
  // A table's own marks have no row: they go where its rows without a value go.
  // So do messages, which are of no table.
  if (change.row.empty() || !way.partition_column) return murmur2({});
  const Cell& cell = change.row[*way.partition_column];
  if (!cell.is_unchanged()) return murmur2(cell.text());
  return rejected("the server did not send column " + partition_column_ +
                  ", which is to choose the partition; REPLICA IDENTITY FULL makes it send it");
}

std::uint64_t bytes_of(const Outgoing& message) {
  const auto size = [](const std::optional<std::string_view>& text) {
    return text ? text->size() : 0;
  };
  std::uint64_t bytes = size(message.key) + size(message.value);
  for (const Outgoing::Header& header : message.headers) {
    bytes += std::strlen(header.name) + size(header.value);
  }
  return bytes;
}

std::optional<std::string> too_large(const Outgoing& message, const Topic& topic) {
  const std::uint64_t bytes = bytes_of(message);
  if (bytes <= topic.bytes_max) return std::nullopt;
  return "its message has " + std::to_string(bytes) + " bytes, and topic " + topic.name +
         " takes " + std::to_string(topic.bytes_max) + " (max.message.bytes)";
}

}  // namespace slotcast::kafka
