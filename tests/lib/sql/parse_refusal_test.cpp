// Goal: whatever is no expression of a route is refused, with the name users know it by and its
// place, and nothing reaches out of the text.
// Method: a table of texts in which § marks the place, several behind characters of more than one
// byte and on later lines.

#include <catch2/catch.hpp>

#include "lib/sql/syntax.h"

using namespace slotcast;
using namespace slotcast::sql;

namespace {

struct Row {
  const char* marked;
  const char* what;
};

const std::string kMark = "§";
const std::string kRefused = " cannot be used in a route";

template <class Parse>
void check(Parse parse, std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    INFO(row.marked);
    std::string text = row.marked;
    const std::size_t mark = text.find(kMark);
    REQUIRE(mark != std::string::npos);
    text.erase(mark, kMark.size());
    const auto parsed = parse(text);
    REQUIRE(parsed.complaint);
    std::string what = parsed.complaint->what;
    if (what.ends_with(kRefused)) what.resize(what.size() - kRefused.size());
    CHECK(what == row.what);
    CHECK(parsed.complaint->offset == mark);
  }
}

}  // namespace

TEST_CASE("constructs that routes do not have are refused by name", "[sql][parse]") {
  check(parse_where, {
                         {"§(SELECT 1)", "a subquery"},
                         {"'€' = b AND a §IN (SELECT 1)", "a subquery"},
                         {"a §NOT IN (SELECT 1)", "a subquery"},
                         {"§EXISTS (SELECT 1)", "a subquery"},
                         {"a §= ANY (b)", "ANY (…)"},
                         {"a §<> ALL (b)", "ALL (…)"},
                         {"a = §ARRAY[1]", "ARRAY[…]"},
                         {"§ROW(1, 2) = a", "a ROW"},
                         {"§(a, b) = (1, 2)", "a ROW"},
                         {"a IN (1,\n  §(1, 2))", "a ROW"},
                         {"a = §$1", "a parameter ($1)"},
                         {"f(§$7)", "a parameter ($7)"},
                         {"(§a).b", "a field or an element of a value (x.y, x[1])"},
                         {"'ä' = §a[1]", "a field or an element of a value (x.y, x[1])"},
                         {"((§a).b).c = 1", "a field or an element of a value (x.y, x[1])"},
                         {"a §ILIKE 'x'", "ILIKE"},
                         {"a §NOT ILIKE 'x'", "ILIKE"},
                         {"a §SIMILAR TO 'x'", "SIMILAR TO"},
                         {"a §BETWEEN SYMMETRIC 1 AND 2", "BETWEEN SYMMETRIC"},
                         {"a §NOT BETWEEN SYMMETRIC 1 AND 2", "BETWEEN SYMMETRIC"},
                         {"a < §CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP"},
                         {"a < §CURRENT_TIMESTAMP(3)", "CURRENT_TIMESTAMP"},
                         {"a = §current_user", "CURRENT_USER"},
                         {"§localtime", "LOCALTIME"},
                         {"§B'01' = a", "a bit string (B'…', X'…')"},
                         {"§x'ff' = a", "a bit string (B'…', X'…')"},
                         {"§GROUPING(a)", "GROUPING"},
                         {"§xmlconcat(a)", "an XML construct"},
                         {"a §IS NOT DOCUMENT", "an XML construct"},
                         {"§DEFAULT", "DEFAULT"},
                         {"(a, b) §OVERLAPS (c, d)", "OVERLAPS"},
                     });
}

TEST_CASE("functions, types and names beyond the plain ones are refused", "[sql][parse]") {
  check(parse_where,
        {
            {"§count(*) = 1", "an aggregate over whole rows (*)"},
            {"§count(DISTINCT a) = 1", "an aggregate of DISTINCT values"},
            {"§sum(a) FILTER (WHERE b) = 1", "an aggregate with FILTER"},
            {"§f(a ORDER BY b)", "an aggregate with ORDER BY"},
            {"§f(1) WITHIN GROUP (ORDER BY a)", "an aggregate WITHIN GROUP"},
            {"§rank() OVER () = 1", "a window function (OVER)"},
            {"§rank() OVER (PARTITION BY a) = 1", "a window function (OVER)"},
            {"'ü' = §rank() OVER w", "a window function (OVER)"},
            {"§f(VARIADIC a)", "VARIADIC"},
            {"f(§x => 1)", "an argument with its name (name => value)"},
            {"f(a, §x := 1)", "an argument with its name (name => value)"},
            {"§pg_catalog.lower(a) = 'x'", "a function with its schema (pg_catalog.lower)"},
            {"§other.f(a)", "a function with its schema (other.f)"},
            {"a = §b.c.f(a)", "a function with its schema (b.c.f)"},
            {"a ~~ §pg_catalog.like_escape(b, '!')",
             "a function with its schema (pg_catalog.like_escape)"},
            {"a §OPERATOR(pg_catalog.+) b", "an operator with its schema (pg_catalog.+)"},
            {"a COLLATE \"C\" §COLLATE x.\"d\" = b", "a collation with its schema (x.d)"},
            {"a::§int[]", "an array type"},
            {"a::§int ARRAY[3]", "an array type"},
            {"CAST(a AS SETOF §int)", "SETOF"},
            {"a::§x.t", "a type with its schema (x.t)"},
            {"CAST(a AS §x.y.t)", "a type with its schema (x.y.t)"},
            {"a::numeric(3, §b)", "what is in the parentheses of a type must be integers"},
            {"a::numeric(§1.5)", "what is in the parentheses of a type must be integers"},
            {"a::numeric(§'3')", "what is in the parentheses of a type must be integers"},
            {"a::numeric(§+3)", "what is in the parentheses of a type must be integers"},
            {"'€' = §t.a",
             "write the column alone, a in place of t.a: the table of a route has no name here"},
            {"§s.t.a = 1",
             "write the column alone, a in place of s.t.a: the table of a route has no name here"},
            {"§t.* IS NULL", "t.*"},
        });
  check(parse_select,
        {{"a, §t.*", "t.*"}, {"(§t).* AS x", "a field or an element of a value (x.y, x[1])"}});
}

TEST_CASE("a condition is one expression and nothing behind it", "[sql][parse]") {
  check(parse_where,
        {
            {"a§; DROP TABLE t", "a semicolon"},
            {"'é' = a§;", "a semicolon"},
            {"a§;;", "a semicolon"},
            {"a§; SELECT 1; SELECT 2", "a semicolon"},
            {"a §GROUP BY b", "GROUP BY"},
            {"a §HAVING b", "HAVING"},
            {"a = 'é'\n§ORDER BY b", "ORDER BY"},
            {"a §LIMIT 1", "LIMIT"},
            {"a §OFFSET 1", "OFFSET"},
            {"a §FETCH FIRST ROW ONLY", "FETCH"},
            {"a §FOR UPDATE", "FOR UPDATE (or SHARE)"},
            {"a §FOR NO KEY UPDATE", "FOR UPDATE (or SHARE)"},
            {"a §UNION SELECT b", "UNION"},
            {"a §UNION ALL (SELECT b)", "UNION"},
            {"a §INTERSECT SELECT b ORDER BY c", "INTERSECT"},
            {"a §EXCEPT SELECT b", "EXCEPT"},
            {"a IS DISTINCT FROM b §WINDOW w AS ()", "WINDOW"},
            {"f(a, (b)) -- ORDER BY\n AND \"order\" = $$ORDER$$ || E'\\'ORDER' §ORDER BY c",
             "ORDER BY"},
        });
}

TEST_CASE("a select list is items and nothing behind them", "[sql][parse]") {
  check(parse_select, {
                          {"§DISTINCT a", "DISTINCT"},
                          {" /* é */ §distinct ON (a) b", "DISTINCT"},
                          {"a §FROM b", "FROM"},
                          {"§FROM b", "FROM"},
                          {"a IS DISTINCT FROM b AS \"from\", c AS from §FROM b", "FROM"},
                          {"extract(year FROM a) AS y §FROM b", "FROM"},
                          {"a §INTO x", "INTO"},
                          {"a §INTO TEMP x FROM b", "INTO"},
                          {"a §WHERE b", "WHERE"},
                          {"a §GROUP BY b", "GROUP BY"},
                          {"a §ORDER BY b LIMIT 1", "ORDER BY"},
                          {"a §LIMIT 1", "LIMIT"},
                          {"a §UNION SELECT b", "UNION"},
                          {"a §FOR SHARE", "FOR UPDATE (or SHARE)"},
                          {"a§; DROP TABLE t", "a semicolon"},
                          {"§;", "a semicolon"},
                          {"§lower(a)", "name it: expression AS name"},
                          {"a, §b::int", "name it: expression AS name"},
                          {"'ö' AS o, §1", "name it: expression AS name"},
                          {"a, b, §A", "a second column with the name a"},
                          {"a, *, §b AS a", "a second column with the name a"},
                          {"*, a, §*", "a second *"},
                          {"a, §(SELECT 1) AS b", "a subquery"},
                      });
}

TEST_CASE("syntax errors are PostgreSQL's, at their place in the text", "[sql][parse]") {
  check(parse_where, {
                         {"§", "an expression is missing"},
                         {"§  \n\t", "an expression is missing"},
                         {"§-- only a comment", "an expression is missing"},
                         {"a = §", "syntax error at end of input"},
                         {"a = §)", "syntax error at or near \")\""},
                         {"a§) OR (b", "syntax error at or near \")\""},
                         {"§; a", "syntax error at or near \";\""},
                         {"(a = 1 -- )§", "syntax error at end of input"},
                         {"'€€' = a\n AND §= b", "syntax error at or near \"=\""},
                         {"\"Ä\" = 'ö' §ü ü", "syntax error at or near \"ü\""},
                         {"a = §'b", "unterminated quoted string at or near \"'b\""},
                         {"a = §\"b", "unterminated quoted identifier at or near \"\"b\""},
                         {"a = §$x$b", "unterminated dollar-quoted string at or near \"$x$b\""},
                         {"a §/* b", "unterminated /* comment at or near \"/* b\""},
                         {"a§, b", "syntax error at or near \",\""},
                     });
  check(parse_select, {
                          {"a, §", "syntax error at end of input"},
                          {"a AS b §AS c", "syntax error at or near \"AS\""},
                          {"a, §FROM b", "syntax error at or near \"FROM\""},
                          {"a§) FROM (b", "syntax error at or near \")\""},
                          {"§-- nothing", "an expression is missing"},
                      });
}

TEST_CASE("texts that are none are refused before they are parsed", "[sql][parse]") {
  using std::string_literals::operator""s;
  CHECK(parse_where("a\0b"s).complaint->what == "has a zero byte");
  CHECK(parse_where("a\0b"s).complaint->offset == 1);
  CHECK(parse_select("a = '\xff'"s).complaint->what == "is not valid UTF-8");
  CHECK(parse_where("\xc3"s).complaint->what == "is not valid UTF-8");
  CHECK(parse_where("E'\\xff' = a"s).complaint);
  CHECK(parse_where("E'a\\000b' = a"s).complaint);
  CHECK(parse_where("U&'\\0000' = a"s).complaint);
}
