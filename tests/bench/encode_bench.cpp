// Rows of W1 (ten columns, some 190 bytes; five inserts, four updates, one delete) through one
// encoder, for counting its instructions.
//
//     slotcast_encode_bench jsonl|csv ROWS
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "lib/sink/encode/csv_row.h"
#include "lib/sink/encode/json_row.h"
#include "tests/support/changes.h"

namespace slotcast::bench {
namespace {

constexpr std::size_t kFlushBytes = 128 * 1024;

Relation table() {
  using enum TypeClass;
  return test::make_relation("public", "w1",
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

std::size_t encode(sink::RowEncoder& encoder, std::uint64_t rows) {
  const Relation relation = table();
  test::Changes changes;
  for (int i = 0; i < 9; ++i) {
    changes.add(i < 5 ? Operation::Create : Operation::Update, relation, row(i));
  }
  std::vector<test::Value> key(10, test::kUnchanged);
  key[0] = test::Value("9");
  changes.add(Operation::Delete, relation, key);
  sink::Buffer out;
  std::size_t bytes = 0;
  for (std::uint64_t i = 0; i < rows; ++i) {
    Change change = changes.all()[i % 10];
    change.id.commit_lsn.value += i / 10 * 0x1000;
    if (!encoder.append(change, out).ok()) std::abort();
    if (out.size() < kFlushBytes && i + 1 < rows) continue;
    bytes += out.size();
    out.clear();
  }
  return bytes;
}

}  // namespace
}  // namespace slotcast::bench

int main(int argc, char** argv) {
  const auto encoder = slotcast::bench::encoder_for(argc > 1 ? argv[1] : "jsonl");
  const std::uint64_t rows = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 100000;
  std::printf("%llu bytes\n",
              static_cast<unsigned long long>(slotcast::bench::encode(*encoder, rows)));
  return 0;
}
