// Goal: a record of CSV says what happened to a row, field by field, and what cannot be said is
// refused.
// Method: records written down by hand from RFC 4180 and PostgreSQL's COPY.
#include "lib/sink/encode/csv_row.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>

#include "tests/support/allocations.h"
#include "tests/support/changes.h"

using namespace slotcast;
using sink::Buffer;
using sink::CsvOptions;
using sink::CsvRowEncoder;
using test::Changes;
using test::kNull;
using test::kUnchanged;
using test::make_relation;
using test::Value;

namespace {

// 2026-11-21T05:40:12.123456Z
const PgTime kTime = pg_time_from_unix(1'795'239'612'123'456);
const std::string kAt = "0/16B3748";
const std::string kTimeText = "2026-11-21T05:40:12.123456Z";

Changes in_transaction() {
  Changes changes;
  changes.begin_transaction({0x16B3748}, kTime);
  return changes;
}

std::string line_of(const Change& change, const CsvOptions& options = {}) {
  CsvRowEncoder encoder(options);
  Buffer out;
  const Status appended = encoder.append(change, out);
  REQUIRE(appended.ok());
  return std::string(out.text());
}

Error refusal_of(const Change& change, const CsvOptions& options) {
  CsvRowEncoder encoder(options);
  Buffer out;
  out.append("kept");
  const Status appended = encoder.append(change, out);
  REQUIRE_FALSE(appended.ok());
  CHECK(out.text() == "kept");
  return appended.error();
}

// One text as the only field.
std::string field_of(const std::string& text, CsvOptions options = {}) {
  options.meta = {};
  const Relation relation = make_relation("s", "t", {{"a"}});
  Changes changes;
  std::string line = line_of(changes.add(Operation::Create, relation, {text}), options);
  REQUIRE(line.back() == '\n');
  line.pop_back();
  return line;
}

CsvOptions with_meta(std::vector<std::string> meta) {
  CsvOptions options;
  options.meta = std::move(meta);
  return options;
}

}  // namespace

TEST_CASE("csv row: the columns in the table's order, then what happened and where", "[sink]") {
  const Relation relation = make_relation(
      "public", "t", {{"id", TypeClass::Integer, true}, {"name"}, {"ok", TypeClass::Boolean}});
  Changes changes = in_transaction();
  const std::string time = "," + kTimeText + ",[]\n";
  CHECK(line_of(changes.add(Operation::Create, relation, {"1", "a\"b", "t"})) ==
        "1,\"a\"\"b\",true,c," + kAt + ",1" + time);
  CHECK(line_of(changes.add(Operation::Update, relation, {"-7", kNull, "f"})) ==
        "-7,\\N,false,u," + kAt + ",2" + time);
  CHECK(line_of(changes.add(Operation::Read, relation, {"2", "", kNull})) ==
        "2,\"\",\\N,r," + kAt + ",3" + time);
}

TEST_CASE("csv row: a value that was not sent is named, in whatever row it is missing", "[sink]") {
  const Relation relation = make_relation("s", "t", {{"id", {}, true}, {"no\"te"}, {"a,b"}});
  const CsvOptions options = with_meta({"_op", "_unchanged"});
  Changes changes;
  CHECK(line_of(changes.add(Operation::Update, relation, {"1", kUnchanged, kNull}), options) ==
        "1,\\N,\\N,u,\"[\"\"no\\\"\"te\"\"]\"\n");
  CHECK(line_of(changes.add(Operation::Delete, relation, {"1", kUnchanged, kUnchanged}), options) ==
        "1,\\N,\\N,d,\"[\"\"no\\\"\"te\"\",\"\"a,b\"\"]\"\n");
  CHECK(line_of(changes.add(Operation::Truncate, relation, {}), options) ==
        "\\N,\\N,\\N,t,\"[\"\"id\"\",\"\"no\\\"\"te\"\",\"\"a,b\"\"]\"\n");
}

TEST_CASE("csv row: without _unchanged, only what _op explains may be missing", "[sink]") {
  const Relation relation = make_relation("s", "t", {{"id", {}, true}, {"note"}});
  Changes changes = in_transaction();
  const Change& update = changes.add(Operation::Update, relation, {"1", kUnchanged});
  const Change& removal = changes.add(Operation::Delete, relation, {"1", kUnchanged});
  const Change& emptied = changes.add(Operation::Truncate, relation, {});
  const Error refused = refusal_of(update, with_meta({"_op"}));
  CHECK(refused.kind == ErrorKind::Rejected);
  CHECK(refused.what ==
        "column note was not sent by the server, and meta lists no _unchanged to say so");
  CHECK(line_of(removal, with_meta({"_op"})) == "1,\\N,d\n");
  CHECK(line_of(emptied, with_meta({"_op"})) == "\\N,\\N,t\n");
  CHECK(refusal_of(update, with_meta({})).kind == ErrorKind::Rejected);
  CHECK(refusal_of(removal, with_meta({"_lsn"})).kind == ErrorKind::Rejected);
  CHECK(refusal_of(emptied, with_meta({})).kind == ErrorKind::Rejected);
}

TEST_CASE("csv row: meta chooses the columns and their order", "[sink]") {
  const Relation relation = make_relation("s", "t", {{"a"}});
  Changes changes = in_transaction();
  Change change = changes.add(Operation::Create, relation, {"x"});
  change.xid = 731;
  CHECK(line_of(change, with_meta({})) == "x\n");
  CHECK(line_of(change, with_meta({"_xid"})) == "x,731\n");
  CHECK(line_of(change, with_meta({"_seq", "_xid", "_op"})) == "x,1,731,c\n");
  CHECK(line_of(change, with_meta({"_unchanged", "_ts", "_lsn", "_op", "_seq"})) ==
        "x,[]," + kTimeText + "," + kAt + ",c,1\n");
}

TEST_CASE("csv row: the header names every field, enclosed when need be", "[sink]") {
  const Relation relation = make_relation("s", "t", {{"id"}, {"a,b"}, {"\\N"}, {"\u00e9"}});
  CsvOptions options = with_meta({"_op", "_unchanged"});
  Buffer out;
  REQUIRE(CsvRowEncoder(options).begin(relation, out).ok());
  CHECK(out.size() == 0);
  options.header = true;
  options.line_end = "\r\n";
  REQUIRE(CsvRowEncoder(options).begin(relation, out).ok());
  CHECK(out.text() == "id,\"a,b\",\"\\N\",\u00e9,_op,_unchanged\r\n");
}

TEST_CASE("csv row: a text is enclosed when it would be read as something else", "[sink]") {
  for (const std::string plain : {"a", "a b", " ", "\\x00ff", "C:\\N", "'", "{1;2}", "\u00e9"}) {
    CHECK(field_of(plain) == plain);
  }
  CHECK(field_of("") == "\"\"");
  CHECK(field_of("\\N") == "\"\\N\"");
  CHECK(field_of("\\.") == "\"\\.\"");
  CHECK(field_of("a,b") == "\"a,b\"");
  CHECK(field_of("\"") == "\"\"\"\"");
  CHECK(field_of("a\nb") == "\"a\nb\"");
  CHECK(field_of("a\r\nb") == "\"a\r\nb\"");
  CsvOptions options;
  options.null_text = "";
  options.meta = {"_op"};
  const Relation relation = make_relation("s", "t", {{"a"}, {"b"}, {"c"}});
  Changes changes;
  CHECK(line_of(changes.add(Operation::Create, relation, {kNull, "", "\\N"}), options) ==
        ",\"\",\\N,c\n");
}

TEST_CASE("csv row: other characters by choice", "[sink]") {
  CsvOptions options;
  options.escape = "\\";
  CHECK(field_of("say \"\\\"", options) == "\"say \\\"\\\\\\\"\"");
  CHECK(field_of("\\x00", options) == "\"\\\\x00\"");
  CHECK(field_of("\\N", options) == "\"\\\\N\"");
  options = {};
  options.separator = "\t";
  options.enclosure = options.escape = "'";
  CHECK(field_of("a,\"b\"", options) == "a,\"b\"");
  CHECK(field_of("it's\t", options) == "'it''s\t'");
  options.null_text = "NULL";
  CHECK(field_of("NULL", options) == "'NULL'");
  CHECK(field_of("NULLS", options) == "NULLS");
}

TEST_CASE("csv row: every byte at every place of the wide loop is enclosed and escaped right",
          "[sink]") {
  for (int c = 1; c < 0x80; ++c) {
    const auto letter = static_cast<char>(c);
    for (std::size_t size = 1; size <= 34; ++size) {
      for (std::size_t at = 0; at < size; ++at) {
        std::string text(size, 'x');
        text[at] = letter;
        if (size > 3) text[size / 2] = letter;
        std::string wanted;
        for (const char one : text) wanted += one == '"' ? "\"\"" : std::string(1, one);
        const bool is_enclosed = c <= '\r' || letter == ',' || letter == '"';
        if (is_enclosed) wanted = "\"" + wanted + "\"";
        if (field_of(text) == wanted) continue;
        CAPTURE(c, size, at);
        CHECK(field_of(text) == wanted);
      }
    }
  }
}

TEST_CASE("csv row: values of every length are read to their end and no further", "[sink]") {
  for (std::size_t size = 0; size <= 70; ++size) {
    for (const char letter : {'x', '"'}) {
      // Text that ends where its memory ends, so that a sanitizer sees each byte read too far.
      const std::unique_ptr<char[]> memory(new char[size]);
      std::fill_n(memory.get(), size, letter);
      const Cell cell{memory.get(), static_cast<std::uint32_t>(size), Cell::Kind::Text};
      const Relation relation = make_relation("s", "t", {{"v"}});
      Change change;
      change.relation = &relation;
      change.row = {&cell, 1};
      const std::string wanted =
          letter == 'x' ? std::string(size, 'x') : std::string(2 * size, '"');
      const bool is_enclosed = letter == '"' || size == 0;
      CHECK(line_of(change, with_meta({})) ==
            (is_enclosed ? "\"" + wanted + "\"\n" : wanted + "\n"));
    }
  }
}

TEST_CASE("csv row: what is not UTF-8 is refused with its column, in small rows and large ones",
          "[sink]") {
  const Relation relation = make_relation("s", "t", {{"a"}, {"b"}});
  Changes changes = in_transaction();
  for (const std::size_t before : {0u, 15u, 40'000u, 70'000u}) {
    const Change& change =
        changes.add(Operation::Create, relation, {"\u00e9", std::string(before, 'x') + "\xc3\"y"});
    const Error refused = refusal_of(change, {});
    CHECK(refused.kind == ErrorKind::Rejected);
    CHECK(refused.what == "column b holds text that is not valid UTF-8");
  }
}

TEST_CASE("csv row: a large row is written as a small one would be", "[sink]") {
  const Relation relation = make_relation("s", "t",
                                          {{"a"},
                                           {"n", TypeClass::Decimal},
                                           {"b", TypeClass::Boolean},
                                           {"j", TypeClass::Json},
                                           {"u"},
                                           {"z"}});
  Changes changes;
  const std::string filler(70'000, 'z');
  const auto with = [&](const std::string& last) {
    changes.begin_transaction({1}, {});
    return line_of(changes.add(Operation::Update, relation,
                               {"a\"b", "-1.5", "t", "{\"a\":1}", kUnchanged, last}));
  };
  std::string large = with(filler);
  const std::size_t at = large.find(filler);
  REQUIRE(at != std::string::npos);
  CHECK(large.replace(at, filler.size(), "z") == with("z"));
  large = with(filler + "\"\n" + filler);
  CHECK(large.find(",\"" + filler + "\"\"\n" + filler + "\",") != std::string::npos);
}

TEST_CASE("csv row: tables whose records could not be told apart are refused", "[sink]") {
  const Relation clash = make_relation("s", "t", {{"a"}, {"_seq"}});
  const Relation bare = make_relation("s", "bare", {});
  const Relation single = make_relation("s", "single", {{"a"}});
  Changes changes;
  CHECK(refusal_of(changes.add(Operation::Create, clash, {"1", "2"}), {}).kind ==
        ErrorKind::Invalid);
  CHECK(line_of(changes.add(Operation::Create, clash, {"1", "2"}), with_meta({"_op"})) ==
        "1,2,c\n");
  CHECK(refusal_of(changes.add(Operation::Create, bare, {}), with_meta({})).kind ==
        ErrorKind::Invalid);
  CHECK(line_of(changes.add(Operation::Create, bare, {}), with_meta({"_op"})) == "c\n");
  CsvOptions options = with_meta({});
  options.null_text = "";
  CHECK(refusal_of(changes.add(Operation::Create, single, {kNull}), options).kind ==
        ErrorKind::Invalid);
  Buffer out;
  CHECK_FALSE(CsvRowEncoder(options).begin(single, out).ok());
}

TEST_CASE("csv row: nothing is allocated for a row once the buffer has its size", "[sink]") {
  const Relation relation = make_relation("s", "t", {{"a"}, {"b"}, {"c", TypeClass::Json}});
  Changes changes = in_transaction();
  for (int i = 0; i < 1000; ++i) {
    if (i % 10 == 0) {
      changes.begin_transaction({0x16B374D848 + static_cast<std::uint64_t>(i)}, kTime);
    }
    changes.add(Operation::Update, relation,
                {"text \"quoted\" and long enough for the heap \u00e9", kUnchanged, "[1,2]"});
  }
  CsvRowEncoder encoder;
  Buffer out;
  for (const Change& change : changes.all()) REQUIRE(encoder.append(change, out).ok());
  out.clear();
  bool all_ok = true;
  const std::uint64_t before = test::allocations();
  for (const Change& change : changes.all()) all_ok &= encoder.append(change, out).ok();
  CHECK(before > 0);
  CHECK(test::allocations() == before);
  CHECK(all_ok);
}
