// Goal:   a row that was kept as a letter is to expressions what it was in the stream, whatever the
//         catalog alone says of its columns: domains, enums, collations.
// Method: a real server's table and rows become lines and are read back; the server's answers to
//         the same expressions must come out.
#include <catch2/catch.hpp>

#include "lib/branch/letter_reader.h"
#include "lib/pg/source_relation.h"
#include "lib/route/shape.h"
#include "lib/sql/scope.h"
#include "tests/lib/pg/source.h"
#include "tests/support/changes.h"
#include "tests/support/shapes.h"

using namespace slotcast;
using namespace slotcast::pg;
using namespace slotcast::pg::test;
using slotcast::test::Changes;
using slotcast::test::kNull;
using slotcast::test::make_shaping;
using slotcast::test::Postgres;
using slotcast::test::Value;

namespace {

constexpr const char* kTable =
    "CREATE TYPE mood AS ENUM ('sad', 'glad', 'Zany');"
    "CREATE DOMAIN amount AS numeric(8,2); CREATE DOMAIN price AS amount CHECK (VALUE >= 0);"
    "CREATE DOMAIN code AS text COLLATE \"C\"; CREATE DOMAIN good_mood AS mood;"
    "CREATE TABLE t (id int PRIMARY KEY, p price, m mood, g good_mood, n text COLLATE \"C\","
    " c code, v varchar(5), j jsonb, i inet);"
    "INSERT INTO t VALUES (1, 9.5, 'sad', 'glad', 'B', 'a', 'x', '{\"a\": 1}', '10.0.0.1'),"
    " (2, 100, 'Zany', 'sad', 'a', 'B', 'yy', '[]', NULL),"
    " (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),"
    " (4, 10, 'glad', 'Zany', 'Ä', 'ä', '', 'null', '::1')";

constexpr const char* kExpressions[] = {
    "p > 10",
    "p * 2 >= 19.00",
    "p::text",
    "p::bigint",
    "m = 'sad'",
    "m::text",
    "m IN ('glad', 'Zany')",
    "g::text <> 'glad'",
    "n < 'a'",
    "n BETWEEN 'A' AND 'Z'",
    "c >= 'a'",
    "v || '!'",
    "j IS NULL",
    "lower(c)",
    "GREATEST(n, c)",
    "i IS NULL",
    "g::text || m::text",
    "upper(v)",
    "COALESCE(p, 0)",
    "n = c",
};

std::string sql_of(const std::string& expression) {
  return "SELECT id, coalesce((" + expression + ")::text, 'NULL') FROM t ORDER BY id";
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == at) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

// The table's rows, each as the line that it would be as a letter.
std::vector<std::string> letters_of(const Postgres& server, const Relation& relation) {
  std::vector<std::string> lines;
  Changes changes;
  std::string columns;
  for (const Column& column : relation.columns) {
    columns += (columns.empty() ? "coalesce(" : ", coalesce(") + column.name + "::text, '~')";
  }
  for (const std::string& row : split(server.psql("SELECT " + columns + " FROM t"), '\n')) {
    if (row.empty()) continue;
    std::vector<Value> values;
    for (const std::string& text : split(row, '|')) {
      values.push_back(text == "~" ? kNull : Value(text));
    }
    REQUIRE(values.size() == relation.columns.size());
    branch::Letter letter;
    letter.change = &changes.add(Operation::Create, relation, values);
    sink::Buffer out;
    branch::append_line(letter, out);
    lines.emplace_back(out.text());
  }
  return lines;
}

// As sql_of() would print it: "1|t", a line for each row.
std::string answers(const std::vector<std::string>& lines, const std::string& expression) {
  branch::LetterReader reader;
  route::Room room;
  std::string text;
  for (const std::string& line : lines) {
    const auto letter = reader.read(line);
    if (!letter.ok()) return letter.error().what;
    const Change& change = *letter.value().change;
    const auto made =
        route::Shape::make(make_shaping("", "id, (" + expression + ")::text AS answer"),
                           *change.relation, sql::scope_of(*change.relation));
    if (!made.mistakes.empty()) return made.mistakes.front().what;
    const Change* becomes = nullptr;
    room.reset();
    if (!made.shape->apply(change, room, becomes)) return room.frame().message();
    const Cell& answer = becomes->row[1];
    text += std::string(becomes->row[0].text()) + "|" +
            (answer.is_null() ? "NULL" : std::string(answer.text())) + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("letter: expressions make of it what the server makes of its row", "[letters][server]") {
  const Postgres server;
  server.psql(kTable);
  auto connection = connect(options_for(server));
  const auto tables = must(read_relations(connection, {{"public", "t", true}}));
  REQUIRE(tables.size() == 1);
  const auto lines = letters_of(server, tables[0].relation);
  REQUIRE(lines.size() == 4);
  for (const char* expression : kExpressions) {
    INFO(expression);
    std::string wanted = server.psql(sql_of(expression));
    if (!wanted.ends_with('\n')) wanted += '\n';
    CHECK(answers(lines, expression) == wanted);
  }
}
