// Goal: whatever text a row has, CSV and JSON lines give it back, under every setting.
// Method: rows of nasty texts, encoded, then read by PostgreSQL's COPY, by Python's parsers and by
// simdjson, and compared with the texts they were made from. 3,000 rows; SLOTCAST_ENCODED_ROWS asks
// for more.
#include <simdjson.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "lib/base/random.h"
#include "lib/sink/encode/csv_row.h"
#include "lib/sink/encode/json_row.h"
#include "tests/support/changes.h"
#include "tests/support/copy_in.h"
#include "tests/support/postgres.h"
#include "tests/support/value_file.h"

using namespace slotcast;
using sink::Buffer;
using sink::CsvOptions;
using test::Value;

namespace {

constexpr std::size_t kColumns = 5;

std::size_t rows_wanted() {
  const char* const text = std::getenv("SLOTCAST_ENCODED_ROWS");
  return text == nullptr ? 3000 : std::strtoul(text, nullptr, 10);
}

void append_utf8(std::string& text, std::uint32_t code) {
  const auto put = [&text](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | code >> 6);
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

// Any character that PostgreSQL stores.
void append_character(std::string& text, Random& random) {
  static const std::uint32_t kLimits[] = {0x80, 0x80, 0x800, 0x10000, 0x110000};
  const auto code = static_cast<std::uint32_t>(
      1 + random.next() % (kLimits[random.next() % std::size(kLimits)] - 1));
  append_utf8(text, code >= 0xD800 && code < 0xE000 ? code - 0x1000 : code);
}

std::string some_text(Random& random) {
  static const char* const kWhole[] = {"",  "\\N", "\\.", "NULL", "\"",      "\\",  ",",
                                       "'", "\n",  "[]",  " ",    "\"\\N\"", "\r\n"};
  static const char* const kPieces[] = {",",   ";",    "\t",   "|",       "\"",   "'",
                                        "`",   "\\",   "\n",   "\r",      "\r\n", "\\N",
                                        "\\.", "\"\"", "\\\"", "\n\\.\n", "NULL"};
  if (random.next() % 8 == 0) return kWhole[random.next() % std::size(kWhole)];
  std::string text;
  for (std::uint64_t left = random.next() % 12; left != 0; --left) {
    const std::uint64_t dice = random.next() % 3;
    if (dice == 0) text += kPieces[random.next() % std::size(kPieces)];
    if (dice == 1) text.append(random.next() % 24, 'x');
    if (dice == 2) append_character(text, random);
  }
  // Beyond the size up to which rows are written in one go.
  if (random.next() % 200 == 0) text.append(random.next() % 70'000, '"');
  return text;
}

// The source: its values, and the changes made of them.
struct Source {
  explicit Source(std::size_t rows) {
    SeededRandom random(20261122);
    changes.begin_transaction({0x16B3748}, {0});
    for (std::size_t i = 0; i < rows; ++i) {
      std::vector<Value> row;
      for (std::size_t column = 0; column < kColumns; ++column) {
        const std::uint64_t dice = random.next() % 10;
        row.push_back(dice == 0   ? test::kNull
                      : dice == 1 ? test::kUnchanged
                                  : Value(some_text(random)));
      }
      changes.add(i % 7 == 0 ? Operation::Delete : Operation::Update, relation, row);
      described += test::described(relation, row);
      values.push_back(std::move(row));
    }
  }

  Relation relation = test::make_relation("s", "t", {{"c0"}, {"c1"}, {"c2"}, {"c3"}, {"c4"}});
  std::vector<std::vector<Value>> values;
  test::Changes changes;
  std::string described;
};

std::string encoded(sink::RowEncoder& encoder, const Source& source) {
  Buffer out;
  REQUIRE(encoder.begin(source.relation, out).ok());
  for (const Change& change : source.changes.all()) {
    if (const Status appended = encoder.append(change, out); !appended.ok()) {
      FAIL(appended.error().what);
    }
  }
  return std::string(out.text());
}

std::vector<CsvOptions> settings() {
  std::vector<CsvOptions> all(5);
  all[1].escape = "\\";
  all[1].header = true;
  all[1].line_end = "\r\n";
  all[2].separator = "\t";
  all[2].null_text = "NULL";
  all[3].separator = ";";
  all[3].enclosure = all[3].escape = "'";
  all[3].null_text = "";
  all[3].header = true;
  all[4].separator = "|";
  all[4].enclosure = "`";
  all[4].escape = "'";
  all[4].line_end = "\r\n";
  return all;
}

// What the loaded table has, in hexadecimal, for each row as it was made.
std::string loaded_sql() {
  std::string sql = "SELECT ";
  for (std::size_t i = 0; i < kColumns; ++i) {
    sql += "encode(convert_to(c" + std::to_string(i) + ", 'UTF8'), 'hex'), ";
  }
  return sql +
         "(SELECT string_agg(name, ' ' ORDER BY place) FROM jsonb_array_elements_text("
         "_unchanged) WITH ORDINALITY AS list(name, place)) FROM loaded ORDER BY _seq";
}

std::size_t compare(const pg::Rows& loaded, const Source& source) {
  std::size_t different = 0;
  REQUIRE(loaded.size() == source.values.size());
  for (std::size_t row = 0; row < loaded.size(); ++row) {
    std::string unsent;
    for (std::size_t i = 0; i < kColumns; ++i) {
      const Value& value = source.values[row][i];
      const bool is_text = value.kind == Cell::Kind::Text;
      const pg::Field wanted = is_text ? pg::Field(test::as_hex(value.text)) : std::nullopt;
      if (loaded[row][i] != wanted) ++different;
      if (value.kind != Cell::Kind::Unchanged) continue;
      unsent += (unsent.empty() ? "c" : " c") + std::to_string(i);
    }
    if (loaded[row][kColumns].value_or("") != unsent) ++different;
  }
  return different;
}

}  // namespace

TEST_CASE("csv: random rows come back from PostgreSQL and from Python, under every setting",
          "[sink][postgres]") {
  const Source source(rows_wanted());
  const test::Postgres server;
  pg::Connection connection = test::connect_to(server.uri());
  for (const CsvOptions& options : settings()) {
    REQUIRE(check(options).empty());
    CAPTURE(options.separator, options.enclosure, options.escape, options.null_text);
    sink::CsvRowEncoder encoder(options);
    const std::string file = encoded(encoder, source);
    test::query(connection, "DROP TABLE IF EXISTS loaded");
    test::query(connection,
                "CREATE TABLE loaded (c0 text, c1 text, c2 text, c3 text, c4 text, _op text, "
                "_lsn pg_lsn, _seq bigint, _ts timestamptz, _unchanged jsonb)");
    CHECK(test::copy_in(connection, test::copy_sql(connection, "loaded", options), file) == "");
    CHECK(compare(test::query(connection, loaded_sql()), source) == 0);
    CHECK(test::read_csv_back(file, source.described, options) ==
          std::to_string(source.values.size()) + " rows read\n");
  }
}

TEST_CASE("json: random rows come back from Python and from simdjson", "[sink]") {
  const Source source(rows_wanted());
  sink::JsonRowEncoder encoder;
  const std::string file = encoded(encoder, source);
  CHECK(test::read_json_back(file, source.described) ==
        std::to_string(source.values.size()) + " rows read\n");
  simdjson::dom::parser parser;
  simdjson::dom::document_stream lines;
  REQUIRE(parser.parse_many(file.data(), file.size(), 1 << 20).get(lines) == simdjson::SUCCESS);
  std::size_t row = 0;
  std::size_t different = 0;
  for (simdjson::dom::element line : lines) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      const Value& value = source.values[row][i];
      simdjson::dom::element found;
      const bool is_there = line["c" + std::to_string(i)].get(found) == simdjson::SUCCESS;
      bool is_same = is_there == (value.kind != Cell::Kind::Unchanged);
      if (value.kind == Cell::Kind::Null) is_same = is_there && found.is_null();
      if (value.kind == Cell::Kind::Text) {
        is_same = is_there && found.is_string() && std::string_view(found) == value.text;
      }
      if (!is_same) ++different;
    }
    ++row;
  }
  CHECK(row == source.values.size());
  CHECK(different == 0);
}
