// Rows of W1 (ten columns, some 190 bytes; five inserts, four updates, one delete) through one
// encoder, for counting its instructions.
//
//     slotcast_encode_bench jsonl|csv|json|debezium|canal|avro ROWS
//
// The last four as Kafka's messages, keys included.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "connectors/kafka/format/make.h"
#include "lib/sink/encode/csv_row.h"
#include "lib/sink/encode/json_row.h"
#include "tests/support/changes.h"

namespace slotcast::bench {
namespace {

constexpr std::size_t kFlushBytes = 128 * 1024;

Relation table() {
  using enum TypeClass;
  Relation relation = test::make_relation("public", "w1",
                                          {{"id", Integer, true},
                                           {"customer", Integer},
                                           {"name"},
                                           {"note"},
                                           {"price", Decimal},
                                           {"changed"},
                                           {"active", Boolean},
                                           {"attributes", Json},
                                           {"token"},
                                           {"quantity", Integer}});
  const std::uint32_t types[] = {20, 20, 25, 25, 1700, 1184, 16, 3802, 2950, 23};
  for (std::size_t i = 0; i < 10; ++i) relation.columns[i].type_oid = types[i];
  relation.columns[4].type_modifier = ((12 << 16) | 2) + 4;
  return relation;
}

std::vector<test::Value> row(int number) {
  return {std::to_string(number),
          std::to_string(number * 7919 % 100000),
          "customer name " + std::to_string(number % 1000),
          "a note of usual length, number " + std::to_string(number),
          "1234.37",
          "2026-11-21 06:50:00.123456+00",
          "t",
          "{\"size\": 3, \"colour\": \"blue\"}",
          "4f9f3b1e-66a1-4f7d-b8cf-0d3c5c0c5a11",
          std::to_string(number % 50)};
}

std::unique_ptr<sink::RowEncoder> encoder_for(const std::string& format) {
  if (format == "csv") return std::make_unique<sink::CsvRowEncoder>();
  return std::make_unique<sink::JsonRowEncoder>();
}

test::Changes ten_changes(const Relation& relation) {
  test::Changes changes;
  for (int i = 0; i < 9; ++i) {
    changes.add(i < 5 ? Operation::Create : Operation::Update, relation, row(i));
  }
  std::vector<test::Value> key(10, test::kUnchanged);
  key[0] = test::Value("9");
  changes.add(Operation::Delete, relation, key);
  return changes;
}

Change change_of(const test::Changes& changes, std::uint64_t row) {
  Change change = changes.all()[row % 10];
  change.id.commit_lsn.value += row / 10 * 0x1000;
  return change;
}

std::size_t encode(sink::RowEncoder& encoder, std::uint64_t rows) {
  const Relation relation = table();
  const test::Changes changes = ten_changes(relation);
  sink::Buffer out;
  std::size_t bytes = 0;
  for (std::uint64_t i = 0; i < rows; ++i) {
    if (!encoder.append(change_of(changes, i), out).ok()) std::abort();
    if (out.size() < kFlushBytes && i + 1 < rows) continue;
    bytes += out.size();
    out.clear();
  }
  return bytes;
}

class OneSchema final : public kafka::SchemaIds {
 public:
  Result<std::int32_t> id_of(const std::string&, const std::string&) override { return 1; }
};

std::size_t encode(const kafka::FormatOptions& options, std::uint64_t rows) {
  const Relation relation = table();
  const test::Changes changes = ten_changes(relation);
  const std::string topic = "shop.public.w1";
  OneSchema ids;
  const auto encoder = kafka::make_encoder(options, {"shop", "store"}, &ids);
  kafka::Messages out;
  std::size_t bytes = 0;
  for (std::uint64_t i = 0; i < rows; ++i) {
    const Change change = change_of(changes, i);
    const WallTime now(std::chrono::microseconds(1'795'239'613'000'000 + i / 1000));
    if (!encoder->encode({&change, &topic, nullptr, nullptr}, now, out).ok()) std::abort();
    if (out.buffer().size() < kFlushBytes && i + 1 < rows) continue;
    bytes += out.buffer().size();
    out.clear();
  }
  return bytes;
}

std::size_t encode(const std::string& format, std::uint64_t rows) {
  kafka::FormatOptions options;
  if (format == "json") {
    options.format = kafka::Format::Json;
    options.times = kafka::Times::Iso;
  } else if (format == "canal") {
    options.format = kafka::Format::Canal;
  } else if (format == "avro") {
    options.format = kafka::Format::Avro;
  } else if (format != "debezium") {
    return encode(*encoder_for(format), rows);
  }
  return encode(options, rows);
}

}  // namespace
}  // namespace slotcast::bench

int main(int argc, char** argv) {
  const std::uint64_t rows = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 100000;
  std::printf("%llu bytes\n", static_cast<unsigned long long>(
                                  slotcast::bench::encode(argc > 1 ? argv[1] : "jsonl", rows)));
  return 0;
}
