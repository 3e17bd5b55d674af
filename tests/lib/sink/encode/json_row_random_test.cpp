#include <simdjson.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <optional>

#include "lib/base/random.h"
#include "lib/sink/encode/json_row.h"
#include "tests/support/changes.h"
#include "tests/support/command.h"
#include "tests/support/temp_dir.h"

// Rows nobody thought of, read back by parsers that nobody here wrote.

using namespace slotcast;
using sink::Buffer;
using sink::JsonRowEncoder;
using test::Changes;
using test::make_relation;
using test::Value;

namespace {

constexpr TypeClass kClasses[] = {TypeClass::Text,    TypeClass::Boolean, TypeClass::Integer,
                                  TypeClass::Decimal, TypeClass::Float,   TypeClass::Json};

char letter_of(TypeClass type_class) {
  switch (type_class) {
    case TypeClass::Text:
      return 'T';
    case TypeClass::Boolean:
      return 'B';
    case TypeClass::Json:
      return 'J';
    default:
      return 'N';
  }
}

std::string digits(Random& random, std::size_t count) {
  std::string text(1, static_cast<char>('1' + random.next() % 9));
  while (text.size() < count) text += static_cast<char>('0' + random.next() % 10);
  return text;
}

std::string some_text(Random& random, std::size_t length_max) {
  const char* const kPieces[] = {"a",      "xyz",    "\"", "\\",         "\n",     "\x01",
                                 "\u00e9", "\u20ac", "/",  "\U0001F600", "\u2028", "\r",
                                 "\t",     "\x7f",   "{}", "null"};
  std::string text;
  const std::size_t length = random.next() % (length_max + 1);
  while (text.size() < length) {
    // Mostly plain runs, as texts are.
    text += random.next() % 4 != 0 ? digits(random, random.next() % 20 + 1)
                                   : kPieces[random.next() % std::size(kPieces)];
  }
  return text;
}

std::string some_value(TypeClass type_class, Random& random, std::size_t length_max) {
  const std::string sign = random.next() % 2 == 0 ? "-" : "";
  switch (type_class) {
    case TypeClass::Text:
      return some_text(random, length_max);
    case TypeClass::Boolean:
      return random.next() % 2 == 0 ? "t" : "f";
    case TypeClass::Integer:
      return sign + digits(random, random.next() % 19 + 1);
    case TypeClass::Decimal:
      if (random.next() % 8 == 0) return sign.empty() ? "NaN" : "-Infinity";
      return sign + digits(random, random.next() % 40 + 1) + "." + digits(random, 3);
    case TypeClass::Float:
      if (random.next() % 8 == 0) return sign + "Infinity";
      return sign + digits(random, 1) + "." + digits(random, 9) + "e" + (sign.empty() ? "+" : "-") +
             digits(random, 2);
    case TypeClass::Json:
      if (random.next() % 2 == 0) return "[1,\n \"\u00e9\\n\", null , true]";
      return "{\"a\" :\r\n\"" + digits(random, random.next() % 40 + 1) + "\"}";
  }
  return "";
}

struct Row {
  std::vector<Value> values;
  std::string described;  // for read_rows.py
};

Row some_row(const Relation& relation, Random& random, std::size_t length_max) {
  Row row;
  for (const Column& column : relation.columns) {
    if (!row.values.empty()) row.described += ' ';
    row.described += {letter_of(column.type_class), '='};
    const std::uint64_t dice = random.next() % 10;
    if (dice < 2) {
      row.values.push_back(dice == 0 ? test::kNull : test::kUnchanged);
      row.described += dice == 0 ? "NULL" : "GONE";
      continue;
    }
    const std::string text = some_value(column.type_class, random, length_max);
    row.values.emplace_back(text);
    for (const char c : text) {
      const char* const kHex = "0123456789abcdef";
      row.described += {kHex[static_cast<unsigned char>(c) >> 4], kHex[c & 15]};
    }
  }
  return row;
}

Relation some_relation(Random& random) {
  std::vector<test::ColumnOf> columns;
  const std::size_t count = random.next() % 12 + 1;
  for (std::size_t i = 0; i < count; ++i) {
    columns.push_back({"c" + std::to_string(i), kClasses[random.next() % std::size(kClasses)]});
  }
  return make_relation("s", "t", columns);
}

std::string encoded(JsonRowEncoder& encoder, const Relation& relation,
                    const std::vector<Value>& values) {
  Changes changes;
  Buffer out;
  REQUIRE(encoder.append(changes.add(Operation::Update, relation, values), out).ok());
  return std::string(out.text());
}

// A cell whose text ends where its memory ends, so that a sanitizer sees each byte read too far.
class ExactCell {
 public:
  explicit ExactCell(const std::string& text) : memory_(new char[text.size()]) {
    if (!text.empty()) std::memcpy(memory_.get(), text.data(), text.size());
    cell = {memory_.get(), static_cast<std::uint32_t>(text.size()), Cell::Kind::Text};
  }
  Cell cell;

 private:
  std::unique_ptr<char[]> memory_;
};

}  // namespace

TEST_CASE("json row: random rows come back from Python's parser, value by value", "[sink]") {
  const test::TempDir directory;
  const std::string rows_path = directory.path() + "/rows";
  const std::string values_path = directory.path() + "/values";
  {
    std::ofstream rows(rows_path, std::ios::binary);
    std::ofstream values(values_path, std::ios::binary);
    SeededRandom random(20261121);
    JsonRowEncoder encoder;
    for (int i = 0; i < 300; ++i) {
      const Relation relation = some_relation(random);
      for (int j = 0; j < 10; ++j) {
        const Row row = some_row(relation, random, j == 0 ? 20'000 : 60);
        rows << encoded(encoder, relation, row.values);
        values << row.described << '\n';
      }
    }
  }
  const auto python =
      test::run_command({"python3", SLOTCAST_SOURCE_DIR "/tests/lib/sink/encode/read_rows.py",
                         rows_path, values_path});
  CAPTURE(python.output);
  CHECK(python.exit_code == 0);
  CHECK(python.output == "3000 rows read\n");
}

TEST_CASE("json row: a large row is written as a small one would be", "[sink]") {
  SeededRandom random(7);
  JsonRowEncoder encoder;
  const std::string filler(5000, 'z');
  for (int i = 0; i < 2000; ++i) {
    const Relation small = some_relation(random);
    Relation large = small;
    large.version = next_relation_version();
    Column column;
    column.name = "filler";
    large.columns.push_back(column);
    Row row = some_row(small, random, 60);
    const std::string small_line = encoded(encoder, small, row.values);
    row.values.emplace_back(filler);
    std::string large_line = encoded(encoder, large, row.values);
    const std::string fragment = "\"filler\":\"" + filler + "\",";
    const std::size_t at = large_line.find(fragment);
    REQUIRE(at != std::string::npos);
    large_line.erase(at, fragment.size());
    REQUIRE(large_line == small_line);
  }
}

TEST_CASE("json row: values of every length are read to their end and no further", "[sink]") {
  JsonRowEncoder encoder;
  for (const TypeClass type_class : kClasses) {
    const Relation relation = make_relation("s", "t", {{"v", type_class}});
    for (std::size_t size = 0; size <= 70; ++size) {
      const bool is_text = type_class == TypeClass::Text;
      if (size == 0 && !is_text) continue;
      std::string text(size, '1');
      if (type_class == TypeClass::Boolean) text = size % 2 == 0 ? "t" : "f";
      const ExactCell exact(text);
      Change change;
      change.relation = &relation;
      change.row = {&exact.cell, 1};
      Buffer out;
      REQUIRE(encoder.append(change, out).ok());
      std::string wanted = is_text ? "\"" + text + "\"" : text;
      if (type_class == TypeClass::Boolean) wanted = text == "t" ? "true" : "false";
      CHECK(out.text().substr(0, 6 + wanted.size()) == "{\"v\":" + wanted + ",");
    }
  }
}

TEST_CASE("json row: random bytes in every column are one valid line, or refused", "[sink]") {
  SeededRandom random(99);
  JsonRowEncoder encoder;
  const Relation relation = make_relation("s", "t", {{"a"}, {"b"}});
  int refused = 0;
  Buffer out;
  for (int i = 0; i < 5000; ++i) {
    std::string texts[2];
    for (std::string& text : texts) {
      text.resize(random.next() % 40);
      for (char& c : text) c = static_cast<char>(random.next() & (i % 3 == 0 ? 0xFF : 0x7F));
    }
    Changes changes;
    out.clear();
    const Status appended =
        encoder.append(changes.add(Operation::Create, relation, {texts[0], texts[1]}), out);
    const bool valid = simdjson::validate_utf8(texts[0]) && simdjson::validate_utf8(texts[1]);
    REQUIRE(appended.ok() == valid);
    if (!valid) {
      ++refused;
      REQUIRE(out.size() == 0);
      continue;
    }
    REQUIRE(out.text().find('\n') == out.size() - 1);
    simdjson::dom::parser parser;
    simdjson::dom::element row;
    REQUIRE(parser.parse(std::string(out.text())).get(row) == simdjson::SUCCESS);
    REQUIRE(std::string_view(row["a"]) == texts[0]);
    REQUIRE(std::string_view(row["b"]) == texts[1]);
  }
  CHECK(refused > 1000);
}
