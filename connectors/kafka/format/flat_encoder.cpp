#include "connectors/kafka/format/flat_encoder.h"

#include "connectors/kafka/format/key_change.h"
#include "lib/base/ensure.h"

namespace slotcast::kafka {
namespace {

using sink::Buffer;
using sink::Meta;
using sink::MetaColumns;
using sink::MetaTail;

std::vector<MetaTail::Around> around(const MetaColumns& columns) {
  std::vector<MetaTail::Around> all;
  for (const Meta meta : columns) {
    const bool is_number = meta == Meta::Seq || meta == Meta::Xid;
    const std::string quote = is_number ? "" : "\"";
    all.push_back({",\"" + std::string(name_of(meta)) + "\":" + quote, quote});
  }
  return all;
}

MetaColumns meta_of(const FormatOptions& options) {
  sink::Mistakes mistakes;
  MetaColumns columns = sink::read_meta(options.meta, mistakes);
  ENSURE(mistakes.empty());
  return columns;
}

bool is_row(Operation operation) {
  return operation != Operation::Truncate && operation != Operation::ResyncBegin &&
         operation != Operation::ResyncEnd;
}

}  // namespace

FlatEncoder::FlatEncoder(const FormatOptions& options)
    : meta_(meta_of(options)),
      tail_(meta_, around(meta_), "}"),
      plans_(options, [this](const Item& item, Plan& plan) { check_names(item, plan); }) {}

void FlatEncoder::check_names(const Item& item, Plan& plan) const {
  const Relation& relation = *item.change->relation;
  const Column* clash = sink::clash_of(relation, meta_);
  if (clash != nullptr) plan.fault = sink::clash_error(relation, *clash);
}

// In the place of the brace that ended the row.
void FlatEncoder::append_meta(const Change& change, Buffer& out, std::size_t start) {
  if (meta_.empty()) return;
  const bool is_empty = out.size() == start + 2;
  out.truncate(is_empty ? start : out.size() - 1);
  char* const at = out.reserve(tail_.bytes_max());
  out.advance(tail_.write(change, at, [](char* nothing) { return nothing; }));
  out.at(start) = '{';
}

Status FlatEncoder::append(const Change& change, const Plan& plan, Messages& out) {
  const Relation& relation = *change.relation;
  Buffer& buffer = out.buffer();
  Messages::Message message;
  std::size_t start = buffer.size();
  if (is_row(change.operation) && !plan.key.empty()) {
    TRY(rows_.append_key(buffer, plan, relation, change.row));
    message.key = out.since(start);
    start = buffer.size();
  }
  const bool is_deleted = change.operation == Operation::Delete;
  TRY(rows_.append_row(buffer, plan, relation, change.row,
                       is_deleted ? Unsent::Omitted : Unsent::Marked));
  append_meta(change, buffer, start);
  message.value = out.since(start);
  out.add(message);
  return {};
}

Status FlatEncoder::encode(const Item& item, WallTime /*now*/, Messages& out) {
  const Plan& plan = plans_.of(item);
  if (plan.fault) return *plan.fault;
  const Messages::Mark mark = out.mark();
  const Status appended = append_halves(
      *item.change, plan, out, [&](const Change& change) { return append(change, plan, out); });
  if (!appended.ok()) out.truncate(mark);
  return appended;
}

}  // namespace slotcast::kafka
