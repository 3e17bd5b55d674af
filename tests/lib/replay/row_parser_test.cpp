// Goal:   a line of a stage's file is read back as the change it was written of, whatever its types
//         are; one that is none of ours is refused.
// Method: a column of every type, its cells printed by PostgreSQL itself, written by the encoder
// and
//         read back; lines written by hand, with what they mean beside them.
#include "lib/replay/row_parser.h"

#include <catch2/catch.hpp>

#include "lib/sink/encode/json_row.h"
#include "tests/support/changes.h"
#include "tests/support/copy_in.h"
#include "tests/support/postgres.h"
#include "tests/support/recording_sink.h"
#include "tests/support/typed_samples.h"
#include "tests/support/typed_table.h"
#include "tests/support/written_stage.h"

using namespace slotcast;
using namespace slotcast::test;
using replay::Arena;
using replay::RowParser;

namespace {

constexpr std::size_t kPadding = 64;

struct Read {
  explicit Read(const Relation& relation) : parser(std::make_shared<const Relation>(relation)) {}

  Result<Change> operator()(std::string_view line) {
    if (line.ends_with('\n')) line.remove_suffix(1);
    padded = std::string(line) + std::string(kPadding, '#');
    arena.clear();
    return parser.parse(std::string_view(padded).substr(0, line.size()), arena);
  }
  // The cells: texts in quotes, NULL, and - for what was not sent.
  std::string cells(const std::string& values) {
    const auto change = (*this)(row_text(values, 'c', "0/10 1"));
    if (!change.ok()) return name_of(change.error().kind) + (": " + change.error().what);
    std::string text;
    for (const Cell& cell : change.value().row) {
      text += text.empty() ? "" : " ";
      text += cell.is_null()        ? "NULL"
              : cell.is_unchanged() ? "-"
                                    : "'" + std::string(cell.text()) + "'";
    }
    return text;
  }

  RowParser parser;
  Arena arena;
  std::string padded;
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

const Relation kTable = make_relation("public", "t",
                                      {{"id", TypeClass::Integer, true},
                                       {"flag", TypeClass::Boolean},
                                       {"amount", TypeClass::Decimal},
                                       {"rate", TypeClass::Float},
                                       {"doc", TypeClass::Json},
                                       {"odd \"name\"\n", TypeClass::Text}});

// A line of JSON has no line breaks: those of a json are blanks there. And a null of it is NULL.
Value as_json_has_it(const Value& value, TypeClass type_class) {
  if (value.kind != Cell::Kind::Text || type_class != TypeClass::Json) return value;
  Value changed = value;
  for (char& c : changed.text) c = c == '\n' || c == '\r' ? ' ' : c;
  return changed.text == "null" ? kNull : changed;
}

}  // namespace

TEST_CASE("row parser: a column of every type has PostgreSQL's own text again",
          "[replay][postgres]") {
  const Postgres server;
  pg::Connection connection = connect_to(server.uri());
  fill_typed_table(connection);
  const auto values = typed_cells(connection);
  std::vector<ColumnOf> columns;
  for (std::size_t i = 0; i < typed_samples().size(); ++i) {
    columns.push_back({typed_column(i), typed_samples()[i].type_class});
  }
  const Relation relation = make_relation("public", "kept", columns);
  Changes changes;
  changes.begin_transaction({0x1234567890}, {700'000'000'123'456});
  sink::JsonOptions options;
  options.line_end = GENERATE("\n", "\r\n");
  sink::JsonRowEncoder encoder(options);
  Read read(relation);
  for (const auto& row : values) {
    const Change& change = changes.add(Operation::Create, relation, row);
    sink::Buffer line;
    REQUIRE(encoder.append(change, line).ok());
    const auto found = read(line.text());
    REQUIRE(found.ok());
    CHECK(found.value().id == change.id);
    CHECK(found.value().commit_time == change.commit_time);
    CHECK(found.value().operation == Operation::Create);
    REQUIRE(found.value().row.size() == row.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      CAPTURE(typed_samples()[i].type, row[i].text);
      const Value wanted = as_json_has_it(row[i], columns[i].type_class);
      CHECK(found.value().row[i].kind == wanted.kind);
      if (wanted.kind == Cell::Kind::Text) CHECK(found.value().row[i].text() == wanted.text);
    }
  }
}

TEST_CASE("row parser: lines by hand mean what they say", "[replay]") {
  Read read(kTable);
  CHECK(read.cells(R"("id":-7,"flag":true,"amount":1.10,"rate":1e-300,"doc":{"a": [1, "x"]},)"
                   R"("odd \"name\"\n":"a\"\\\n\u001f€")") ==
        "'-7' 't' '1.10' '1e-300' '{\"a\": [1, \"x\"]}' 'a\"\\\n\x1f€'");
  CHECK(read.cells(R"("id":1,"flag":false,"amount":"NaN","rate":"-Infinity","doc":"s")") ==
        "'1' 'f' 'NaN' '-Infinity' '\"s\"' -");
  CHECK(read.cells(R"("id":1,"flag":null,"amount":null,"rate":null,"doc":null)") ==
        "'1' NULL NULL NULL NULL -");
  CHECK(read.cells(R"("doc":17)") == "- - - - '17' -");
  // PostgreSQL keeps the blanks of a json.
  CHECK(read.cells(R"("doc":  [ ]  ,"odd \"name\"\n":"")") == "- - - - '  [ ]  ' ''");
  CHECK(read.cells(R"("doc": null )") == "- - - - ' null ' -");
  CHECK(read.cells("") == "- - - - - -");
  for (const char op : {'c', 'u', 'd', 'r'}) {
    const auto change = read(row_text(R"("id":5)", op, "1/2F 33"));
    REQUIRE(change.ok());
    CHECK(text_of(change.value()).starts_with(std::string(1, op) + " 1/2F 33 5"));
    CHECK(to_iso8601(change.value().commit_time) == "2026-11-22T05:40:12.123456Z");
  }
  for (const char op : {'t', 'b', 'e'}) {
    const auto change = read(row_text("", op, "1/2F 33"));
    REQUIRE(change.ok());
    CHECK(static_cast<char>(change.value().operation) == op);
    CHECK(change.value().row.empty());
    CHECK(!read(row_text(R"("id":5)", op, "1/2F 33")).ok());
  }
  const std::string rest = R"("_op":"c","_lsn":"0/1","_seq":1,"_ts":"2026-11-22T05:40:12Z"})";
  const auto with_xid = read(R"({"id":5,"_xid":731,)" + rest);
  REQUIRE(with_xid.ok());
  CHECK(with_xid.value().xid == 731);
}

TEST_CASE("row parser: a row without _xid is refused where somebody asks for it", "[replay]") {
  const std::string rest = R"("_op":"c","_lsn":"0/1","_seq":1,"_ts":"2026-11-22T05:40:12Z"})";
  Read read(kTable);
  CHECK(read(R"({"id":5,)" + rest).ok());
  Arena arena;
  RowParser asking(std::make_shared<const Relation>(kTable), /*needs_xid=*/true);
  const std::string line = R"({"id":5,)" + rest;
  const std::string padded = line + std::string(kPadding, '#');
  const auto refused = asking.parse(std::string_view(padded).substr(0, line.size()), arena);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::Invalid);
  CHECK(has(refused.error().what, "meta: [_op, _lsn, _seq, _ts, _xid]"));
}

TEST_CASE("row parser: what is none of ours is refused, with what is wrong", "[replay]") {
  Read read(kTable);
  CHECK(has(read.cells(R"("id":"seven")"), "column \"id\""));
  CHECK(has(read.cells(R"("id":true)"), "column \"id\""));
  CHECK(has(read.cells(R"("flag":1)"), "column \"flag\""));
  CHECK(has(read.cells(R"("amount":[1])"), "column \"amount\""));
  CHECK(has(read.cells(R"("odd \"name\"\n":5)"), "column \"odd"));
  CHECK(has(read.cells(R"("id":1,"other":5)"), "\"other\""));
  CHECK(has(read.cells(R"("flag":true,"id":1)"), "\"id\""));  // not in the table's order
  for (const char* line :
       {"", "null", "[]", "{", R"({"id":1)", R"({"id":1}})", "{\"id\":1,\"_op\":\"c\",}",
        R"({"id":1,"_op":"c","_lsn":"0/1","_seq":1} {})",
        R"({"id":1,"_op":"c","_lsn":"0/1","_seq":1)", R"({"id":1,"_op":"x","_lsn":"0/1","_seq":1})",
        R"({"id":1,"_op":"c","_lsn":"01","_seq":1})",
        R"({"id":1,"_op":"c","_lsn":"0/1","_seq":-1})",
        R"({"id":1,"_op":"c","_lsn":"0/1","_seq":1,"_ts":"today"})"}) {
    CAPTURE(line);
    const auto change = read(line);
    REQUIRE(!change.ok());
    CHECK(change.error().kind == ErrorKind::Corrupt);
  }
  for (const char* line : {R"({"id":1,"_lsn":"0/1","_seq":1})", R"({"id":1,"_op":"c","_seq":1})",
                           R"({"id":1,"_op":"c","_lsn":"0/1","_seq":1})",
                           R"({"id":1,"_op":"c","_lsn":"0/1","_ts":"2026-11-22T05:40:12Z"})"}) {
    const auto change = read(line);
    REQUIRE(!change.ok());
    CHECK(change.error().kind == ErrorKind::Invalid);
    CHECK(has(change.error().what, "meta: [_op, _lsn, _seq, _ts]"));
  }
}
