// Goal:   what random expressions hardly meet: modifiers, literals among columns, signs that
//         PostgreSQL has for more types than are here.
// Method: a table of cases, each as PostgreSQL 15 answers it.
#include <catch2/catch.hpp>

#include "lib/sql/expression.h"

using namespace slotcast;

namespace {

sql::Scope scope() {
  sql::Scope scope;
  const auto add = [&](const char* name, sql::Kind kind, std::int32_t modifier = -1) {
    sql::Type type = sql::plain_type(kind);
    type.modifier = modifier;
    if (sql::is_text(kind)) type.collation = sql::Collation::Equality;
    scope.columns.push_back({name, type});
  };
  add("code", sql::Kind::Varchar, sql::to_varchar_modifier(3));
  add("price", sql::Kind::Numeric, sql::to_modifier({10, 2}));
  add("t", sql::Kind::Text);
  add("i", sql::Kind::Int4);
  add("k", sql::Kind::Int4);
  add("d", sql::Kind::Date);
  sql::Type inet = sql::plain_type(sql::Kind::Other);
  inet.oid = 869;
  inet.name = "inet";
  scope.columns.push_back({"ip", inet});
  return scope;
}

// The value, "NULL", "ERROR sqlstate", or the complaint.
std::string answer(const std::string& text) {
  static const std::vector<std::string> row = {"", "", "abc", "1", "0", "2024-02-29", "10.0.0.1"};
  std::vector<Cell> cells;
  for (const std::string& value : row) {
    cells.push_back({value.data(), static_cast<std::uint32_t>(value.size()),
                     value.empty() ? Cell::Kind::Null : Cell::Kind::Text});
  }
  const auto parsed = sql::parse_select(text + " AS x");
  if (parsed.complaint) return parsed.complaint->what;
  const auto resolved = sql::resolve_value(*parsed.value[0].expression, scope());
  if (resolved.complaint) return resolved.complaint->what;
  sql::Frame frame;
  Cell cell;
  const Change change;
  if (resolved.expression->evaluate_cell(frame, change, cells, cell) != sql::Outcome::Ok) {
    return "ERROR " + frame.sqlstate();
  }
  return cell.is_null() ? "NULL" : std::string(cell.text());
}

}  // namespace

TEST_CASE("resolve: a literal among columns takes their type without its modifier", "[sql]") {
  CHECK(answer("COALESCE(code, 'unknown')") == "unknown");
  CHECK(answer("code IN ('abcd', 'x')") == "NULL");
  CHECK(answer("COALESCE(price, '0.005')") == "0.005");
  CHECK(answer("CASE WHEN i = 1 THEN '1.239' ELSE price END") == "1.239");
  CHECK(answer("GREATEST(price, '7.125')") == "7.125");
}

TEST_CASE("resolve: items of IN that are constants are asked first", "[sql]") {
  CHECK(answer("i IN (1 / k, 1, 2)") == "t");
  CHECK(answer("i IN (1 / k, 5, 6)") == "ERROR 22012");
  CHECK(answer("i IN (1 / k, 1)") == "ERROR 22012");
}

TEST_CASE("resolve: what is NULL anyway asks for nothing", "[sql]") {
  CHECK(answer("(i % k) + (NULLIF(NULL, i) - 0)") == "NULL");
  CHECK(answer("NULLIF((i % NULL) % 2, i / k)") == "NULL");
  CHECK(answer("CASE i / k WHEN NULL THEN 1 ELSE 2 END") == "2");
}

TEST_CASE("resolve: distinct from NULL is asked of any type, and fails as its operand does",
          "[sql]") {
  CHECK(answer("ip IS DISTINCT FROM NULL") == "t");
  CHECK(answer("NULL IS NOT DISTINCT FROM ip") == "f");
  CHECK(answer("i / k IS DISTINCT FROM NULL") == "ERROR 22012");
  CHECK(answer("NULL IS NOT DISTINCT FROM NULL") == "t");
  CHECK(answer("i IS DISTINCT FROM NULL::int") == "t");
}

TEST_CASE("resolve: signs that PostgreSQL has for more types are not chosen by a literal",
          "[sql]") {
  CHECK(answer("d + '1'").starts_with("operator is not unique"));
  CHECK(answer("'2' * '3'").starts_with("operator is not unique"));
  CHECK(answer("'2' / '3'").starts_with("operator is not unique"));
  CHECK(answer("d - '2024-02-01'") == "28");
  CHECK(answer("d + 1") == "2024-03-01");
  CHECK(answer("i * '3'") == "3");
}

TEST_CASE("resolve: what only looks like something that is here", "[sql]") {
  CHECK(answer("substring(t, '2')").find("regular expression") != std::string::npos);
  CHECK(answer("substring(t FROM '[a-b]+')").find("regular expression") != std::string::npos);
  CHECK(answer("substring(t FROM 2)") == "bc");
  CHECK(answer("ip::text").find("cannot cast type inet") != std::string::npos);
  CHECK(answer("'a' < 'B'").find("COLLATE") != std::string::npos);
}
