#include "lib/sink/encode/json_row.h"

#include <simdjson.h>

#include <catch2/catch.hpp>

#include "lib/base/random.h"
#include "tests/support/allocations.h"
#include "tests/support/changes.h"

using namespace slotcast;
using sink::Buffer;
using sink::JsonRowEncoder;
using test::Changes;
using test::kNull;
using test::kUnchanged;
using test::make_relation;

namespace {

// 2026-11-21T05:40:12.123456Z
const PgTime kTime = pg_time_from_unix(1'795'239'612'123'456);
constexpr const char* kTimeText = "2026-11-21T05:40:12.123456Z";

std::string line_of(const Change& change) {
  JsonRowEncoder encoder;
  Buffer out;
  const Status appended = encoder.append(change, out);
  REQUIRE(appended.ok());
  return std::string(out.text());
}

std::string meta(char operation, const std::string& lsn, int sequence, const std::string& time) {
  return std::string("\"_op\":\"") + operation + "\",\"_lsn\":\"" + lsn +
         "\",\"_seq\":" + std::to_string(sequence) + ",\"_ts\":\"" + time + "\"}\n";
}

Changes in_transaction() {
  Changes changes;
  changes.begin_transaction({0x16B3748}, kTime);
  return changes;
}

}  // namespace

TEST_CASE("json row: the columns in the table's order, then what happened and where", "[sink]") {
  const Relation relation = make_relation(
      "public", "t", {{"id", TypeClass::Integer, true}, {"name"}, {"ok", TypeClass::Boolean}});
  Changes changes = in_transaction();
  CHECK(line_of(changes.add(Operation::Create, relation, {"1", "a\"b", "t"})) ==
        "{\"id\":1,\"name\":\"a\\\"b\",\"ok\":true," + meta('c', "0/16B3748", 1, kTimeText));
  CHECK(line_of(changes.add(Operation::Update, relation, {"-7", kNull, "f"})) ==
        "{\"id\":-7,\"name\":null,\"ok\":false," + meta('u', "0/16B3748", 2, kTimeText));
  CHECK(line_of(changes.add(Operation::Read, relation, {"2", "", kNull})) ==
        "{\"id\":2,\"name\":\"\",\"ok\":null," + meta('r', "0/16B3748", 3, kTimeText));
}

TEST_CASE("json row: a value that the server did not send has no key, NULL has one", "[sink]") {
  const Relation relation = make_relation("s", "t", {{"a"}, {"b"}, {"c"}});
  Changes changes = in_transaction();
  const std::string tail = meta('u', "0/16B3748", 1, kTimeText);
  CHECK(line_of(changes.add(Operation::Update, relation, {kUnchanged, kNull, "x"})) ==
        "{\"b\":null,\"c\":\"x\"," + tail);
  changes.begin_transaction({0x16B3748}, kTime);
  CHECK(line_of(changes.add(Operation::Update, relation, {kUnchanged, kUnchanged, kUnchanged})) ==
        "{" + tail);
}

TEST_CASE("json row: a delete has the key alone, with replica identity full the whole row",
          "[sink]") {
  const std::vector<test::ColumnOf> columns{{"a"}, {"k", TypeClass::Integer, true}, {"b"}};
  const Relation keyed = make_relation("s", "keyed", columns);
  const Relation full =
      make_relation("s", "full", {{"a", {}, true}, {"k", {}, true}, {"b", {}, true}}, 'f');
  Changes changes = in_transaction();
  CHECK(line_of(changes.add(Operation::Delete, keyed, {kUnchanged, "5", kUnchanged})) ==
        "{\"k\":5," + meta('d', "0/16B3748", 1, kTimeText));
  CHECK(line_of(changes.add(Operation::Delete, full, {kNull, "5", "x"})) ==
        "{\"a\":null,\"k\":\"5\",\"b\":\"x\"," + meta('d', "0/16B3748", 2, kTimeText));
}

TEST_CASE("json row: a truncate and a table without columns are objects all the same", "[sink]") {
  const Relation relation = make_relation("s", "t", {{"a"}});
  const Relation bare = make_relation("s", "bare", {});
  Changes changes = in_transaction();
  CHECK(line_of(changes.add(Operation::Truncate, relation, {})) ==
        "{" + meta('t', "0/16B3748", 1, kTimeText));
  CHECK(line_of(changes.add(Operation::Create, bare, {})) ==
        "{" + meta('c', "0/16B3748", 2, kTimeText));
}

TEST_CASE("json row: position and time change with the transaction, not before", "[sink]") {
  const Relation relation = make_relation("s", "t", {{"a", TypeClass::Integer}});
  Changes changes = in_transaction();
  changes.add(Operation::Create, relation, {"1"});
  changes.add(Operation::Create, relation, {"2"});
  changes.begin_transaction({0x16B374D848}, {0});
  changes.add(Operation::Create, relation, {"3"});
  changes.begin_transaction({0x16B374D848}, {1});  // another time alone is enough
  changes.add(Operation::Create, relation, {"4"});
  JsonRowEncoder encoder;
  Buffer out;
  for (const Change& change : changes.all()) REQUIRE(encoder.append(change, out).ok());
  CHECK(out.text() == "{\"a\":1," + meta('c', "0/16B3748", 1, kTimeText) +  //
                          "{\"a\":2," + meta('c', "0/16B3748", 2, kTimeText) + "{\"a\":3," +
                          meta('c', "16/B374D848", 1, "2000-01-01T00:00:00.000000Z") + "{\"a\":4," +
                          meta('c', "16/B374D848", 1, "2000-01-01T00:00:00.000001Z"));
}

TEST_CASE("json row: every text form of PostgreSQL's numbers is valid JSON, digit by digit",
          "[sink]") {
  struct Case {
    TypeClass type_class;
    const char* text;
    const char* json;
  };
  const Case cases[] = {
      {TypeClass::Integer, "0", "0"},
      {TypeClass::Integer, "-9223372036854775808", "-9223372036854775808"},
      {TypeClass::Integer, "4294967295", "4294967295"},
      {TypeClass::Decimal, "0.00", "0.00"},
      {TypeClass::Decimal, "-0.5", "-0.5"},
      {TypeClass::Decimal, "12345678901234567890.123456789012345678901234567890",
       "12345678901234567890.123456789012345678901234567890"},
      {TypeClass::Decimal, "NaN", "\"NaN\""},
      {TypeClass::Decimal, "Infinity", "\"Infinity\""},
      {TypeClass::Decimal, "-Infinity", "\"-Infinity\""},
      {TypeClass::Float, "0.30000000000000004", "0.30000000000000004"},
      {TypeClass::Float, "1e+20", "1e+20"},
      {TypeClass::Float, "1e-05", "1e-05"},
      {TypeClass::Float, "-0", "-0"},
      {TypeClass::Float, "1.7976931348623157e+308", "1.7976931348623157e+308"},
      {TypeClass::Float, "5e-324", "5e-324"},
      {TypeClass::Float, "NaN", "\"NaN\""},
      {TypeClass::Float, "-Infinity", "\"-Infinity\""},
  };
  for (const Case& one : cases) {
    const Relation relation = make_relation("s", "t", {{"v", one.type_class}});
    Changes changes = in_transaction();
    const std::string line = line_of(changes.add(Operation::Create, relation, {one.text}));
    CHECK(line == "{\"v\":" + std::string(one.json) + "," + meta('c', "0/16B3748", 1, kTimeText));
    simdjson::dom::parser parser;
    CHECK(parser.parse(line).error() == simdjson::SUCCESS);
  }
}

TEST_CASE("json row: json stays json on one line, all other types are their text", "[sink]") {
  const Relation relation = make_relation("s", "t", {{"j", TypeClass::Json}, {"x"}});
  for (const std::string json : {"null", "1e3", "\"a\\u0000b\"", "[1,\n 2]", "{\"a\": {}}"}) {
    Changes changes = in_transaction();
    const std::string line = line_of(changes.add(Operation::Create, relation, {json, "x"}));
    CHECK(std::count(line.begin(), line.end(), '\n') == 1);
    simdjson::dom::parser one, two;
    simdjson::dom::element expected, found;
    REQUIRE(one.parse(json).get(expected) == simdjson::SUCCESS);
    REQUIRE(two.parse(line)["j"].get(found) == simdjson::SUCCESS);
    CHECK(simdjson::minify(found) == simdjson::minify(expected));
  }
  for (const std::string text :
       {"infinity", "-infinity", "0044-03-15 BC", "ab    ", "10101", "{{1,NULL},{3,4}}",
        "(1,\"q\"\"x\")", "[1,5)", "12:00:00+05:30", "$12.34", "\\xdead", "\\N", "P1Y2M",
        "a\nb\tc\\d", "12345-01-01 00:00:00+00", "\x01\x7f"}) {
    Changes changes = in_transaction();
    const std::string line = line_of(changes.add(Operation::Create, relation, {kNull, text}));
    simdjson::dom::parser parser;
    std::string_view found;
    REQUIRE(parser.parse(line)["x"].get(found) == simdjson::SUCCESS);
    CHECK(found == text);
  }
}

TEST_CASE("json row: odd column names are escaped once and come back", "[sink]") {
  const std::vector<std::string> names{"a\"b", "\\", "with space", "\u00fc", "", "new\nline"};
  std::vector<test::ColumnOf> columns;
  for (const std::string& name : names) columns.push_back({name});
  const Relation relation = make_relation("s", "t", columns);
  Changes changes = in_transaction();
  const std::string line =
      line_of(changes.add(Operation::Create, relation, {"0", "1", "2", "3", "4", "5"}));
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  REQUIRE(parser.parse(line).get(object) == simdjson::SUCCESS);
  std::size_t at = 0;
  for (const auto& field : object) {
    if (at == names.size()) break;
    CHECK(field.key == names[at]);
    CHECK(std::string_view(field.value) == std::to_string(at));
    ++at;
  }
}

TEST_CASE("json row: a column with the name of one of ours is refused by name", "[sink]") {
  for (const std::string name : {"_op", "_lsn", "_seq", "_ts"}) {
    const Relation relation = make_relation("s", "t", {{"a"}, {name}});
    Changes changes = in_transaction();
    JsonRowEncoder encoder;
    Buffer out;
    const Status appended = encoder.append(changes.add(Operation::Create, relation, {"", ""}), out);
    REQUIRE_FALSE(appended.ok());
    CHECK(appended.error().kind == ErrorKind::Invalid);
    CHECK(appended.error().what.find("s.t: column " + name) != std::string::npos);
    CHECK(out.size() == 0);
  }
}

TEST_CASE("json row: bytes that are not UTF-8 are refused with their column, and leave no trace",
          "[sink]") {
  const Relation relation = make_relation("s", "t", {{"a"}, {"b"}});
  Changes changes = in_transaction();
  changes.add(Operation::Create, relation, {"1", "2"});
  changes.add(Operation::Create, relation, {"1", "\xff"});
  changes.add(Operation::Create, relation, {"3", "4"});
  JsonRowEncoder encoder;
  Buffer out;
  REQUIRE(encoder.append(changes.all()[0], out).ok());
  const std::string before(out.text());
  const Status refused = encoder.append(changes.all()[1], out);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::Rejected);
  CHECK(refused.error().what.starts_with("column b holds "));
  CHECK(out.text() == before);
  REQUIRE(encoder.append(changes.all()[2], out).ok());
  CHECK(out.text() == before + "{\"a\":\"3\",\"b\":\"4\"," + meta('c', "0/16B3748", 3, kTimeText));
}

TEST_CASE("json row: a new version at an old address has its own keys", "[sink]") {
  JsonRowEncoder encoder;
  Buffer out;
  Relation relation;
  for (const std::string name : {"before", "after"}) {
    relation = make_relation("s", "t", {{name}});
    Changes changes = in_transaction();
    out.clear();
    REQUIRE(encoder.append(changes.add(Operation::Create, relation, {"x"}), out).ok());
    CHECK(out.text().find("{\"" + name + "\":") == 0);
  }
}

TEST_CASE("json row: once warm, no row asks for memory, nor does a new transaction", "[sink]") {
  std::vector<test::ColumnOf> columns{{"id", TypeClass::Integer, true}};
  for (int i = 0; i < 9; ++i) columns.push_back({"column_" + std::to_string(i)});
  const Relation one = make_relation("s", "one", columns);
  const Relation two = make_relation("s", "two", columns);
  Changes changes;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    if (i % 10 == 0) changes.begin_transaction({0x16B374D848 + i}, kTime);
    const std::vector<test::Value> row{"1",      "text \"quoted\" and long enough for the heap",
                                       "\u00e9", "x",
                                       "x",      "x",
                                       "x",      "x",
                                       "x",      kNull};
    changes.add(Operation::Create, i % 2 == 0 ? one : two, row);
  }
  JsonRowEncoder encoder;
  Buffer out;
  for (const Change& change : changes.all()) REQUIRE(encoder.append(change, out).ok());
  out.clear();
  bool all_ok = true;
  const std::uint64_t before = test::allocations();
  for (const Change& change : changes.all()) all_ok &= encoder.append(change, out).ok();
  const std::uint64_t asked = test::allocations() - before;
  CHECK(all_ok);
  CHECK(before > 0);  // the counter counts
  // The LSN and the time are made anew for each of the 100 transactions.
  CHECK(asked <= 100 * 6);
  out.clear();
  const std::uint64_t within = test::allocations();
  for (std::size_t i = 990; i < 1000; ++i) all_ok &= encoder.append(changes.all()[i], out).ok();
  CHECK(test::allocations() - within == 0);
}
