#include "tests/support/sql_oracle.h"

#include <catch2/catch.hpp>

namespace slotcast::test {
namespace {

// All rows at once, which is quick; where one fails, each by itself.
constexpr const char* kAsk = R"(
CREATE FUNCTION ask(expression text) RETURNS SETOF text LANGUAGE plpgsql AS $$
  DECLARE
    answer text;
    answers text[];
    row_id int;
  BEGIN
    BEGIN
      EXECUTE format('SELECT array_agg(coalesce(''V'' || (%s)::text, ''N'') ORDER BY id) FROM rows',
                     expression) INTO answers;
      RETURN QUERY SELECT unnest(answers);
      RETURN;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    FOR row_id IN SELECT id FROM rows ORDER BY id LOOP
      BEGIN
        EXECUTE format('SELECT coalesce(''V'' || (%s)::text, ''N'') FROM rows WHERE id = %s',
                       expression, row_id) INTO answer;
      EXCEPTION WHEN OTHERS THEN answer := 'E' || SQLSTATE || ' ' || SQLERRM;
      END;
      RETURN NEXT answer;
    END LOOP;
  END $$)";

}  // namespace

SqlOracle::SqlOracle(ExpressionMaker& maker, std::size_t rows) : connection_(open()) {
  std::string columns;
  for (const auto& column : ExpressionMaker::columns()) {
    columns += std::string(", ") + column.name + " " + column.definition;
  }
  query("CREATE TYPE mood AS ENUM ('calm', 'wild', 'so so')");
  query("CREATE TABLE rows (id int" + columns + ")");
  for (std::size_t i = 0; i < rows; ++i) {
    std::string values = std::to_string(i);
    for (const std::string& value : maker.row()) values += ", " + value;
    query("INSERT INTO rows VALUES (" + values + ")");
  }
  query(kAsk);
  table_ = query("SELECT * FROM rows ORDER BY id");
}

std::vector<std::string> SqlOracle::answers(const std::string& expression) {
  std::vector<std::string> answers;
  for (const auto& row : query("SELECT ask($1)", {expression})) {
    answers.push_back(row[0].value_or(""));
  }
  return answers;
}

std::vector<std::vector<Cell>> SqlOracle::cells() const {
  std::vector<std::vector<Cell>> all;
  for (const auto& row : table_) {
    std::vector<Cell>& cells = all.emplace_back();
    for (std::size_t i = 1; i < row.size(); ++i) {
      Cell& cell = cells.emplace_back();
      if (!row[i]) continue;
      cell = {row[i]->data(), static_cast<std::uint32_t>(row[i]->size()), Cell::Kind::Text};
    }
  }
  return all;
}

sql::Scope SqlOracle::scope() {
  sql::Scope scope;
  for (const auto& column : ExpressionMaker::columns()) {
    sql::Type type = sql::plain_type(column.kind);
    const bool is_c = std::string(column.definition).find("COLLATE") != std::string::npos;
    if (sql::is_text(column.kind)) {
      type.collation = is_c ? sql::Collation::Bytes : sql::Collation::Equality;
    }
    if (column.kind == sql::Kind::Varchar) type.modifier = sql::to_varchar_modifier(40);
    if (column.kind == sql::Kind::Enum) {
      type.oid = 100'000;
      type.name = "mood";
      type.enum_labels = {"calm", "wild", "so so"};
    }
    scope.columns.push_back({column.name, type});
  }
  return scope;
}

pg::Connection SqlOracle::open() const {
  pg::Options options;
  options.uri = server_.uri();
  auto opened = pg::Connection::open(options, pg::Connection::Mode::Sql);
  if (!opened.ok()) FAIL(opened.error().what);
  return std::move(opened).value();
}

pg::Rows SqlOracle::query(const std::string& sql, const std::vector<std::string>& parameters) {
  auto rows = connection_.query(sql, parameters);
  if (!rows.ok()) FAIL(rows.error().what << "\n" << sql);
  return rows.value();
}

}  // namespace slotcast::test
