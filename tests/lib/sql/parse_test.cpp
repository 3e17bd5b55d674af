// Goal: parse_where and parse_select tell what an expression says: its parts, how they bind, and
// where each begins.
// Method: a table of expressions and the same with all parentheses and quotes, written by hand from
// PostgreSQL's documentation; parse_oracle_test.cpp asks a server.

#include <catch2/catch.hpp>

#include "lib/sql/syntax.h"
#include "tests/support/syntax_text.h"

using namespace slotcast;
using namespace slotcast::sql;
using test::sql_of;

namespace {

std::string where(const std::string& text) {
  const Parsed<SyntaxPtr> parsed = parse_where(text);
  if (parsed.complaint) return parsed.complaint->what;
  return sql_of(*parsed.value);
}

std::string select(const std::string& text) {
  const auto parsed = parse_select(text);
  if (parsed.complaint) return parsed.complaint->what;
  std::string list;
  for (const SelectItem& item : parsed.value) {
    list += list.empty() ? "" : ", ";
    list += item.expression ? sql_of(*item.expression) + " AS " + item.name : "*";
  }
  return list;
}

struct Row {
  const char* text;
  const char* meaning;
};

void check(std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(where(row.text) == row.meaning);
  }
}

}  // namespace

TEST_CASE("operators bind as PostgreSQL documents it", "[sql][parse]") {
  check({
      {"a OR b AND NOT c", R"(("a" OR ("b" AND (NOT "c"))))"},
      {"a AND b AND c", R"(("a" AND "b" AND "c"))"},
      {"a AND (b AND c)", R"(("a" AND ("b" AND "c")))"},
      {"NOT a = b", R"((NOT ("a" = "b")))"},
      {"a + b * c ^ d", R"(("a" + ("b" * ("c" ^ "d"))))"},
      {"a - b - c", R"((("a" - "b") - "c"))"},
      {"a ^ b ^ c", R"((("a" ^ "b") ^ "c"))"},
      {"a || b = c", R"((("a" || "b") = "c"))"},
      {"a || b + c", R"(("a" || ("b" + "c")))"},
      {"a->'b'->>'c' = 'd'", R"(((("a" -> 'b') ->> 'c') = 'd'))"},
      {"a < b IS NULL", R"((("a" < "b") IS NULL))"},
      {"- a * b", R"(((- "a") * "b"))"},
      {"- a::int", R"((- CAST("a" AS "int4")))"},
      {"a = b IN (c)", R"(("a" = ("b" IN ("c"))))"},
      {"a <> b", R"(("a" <> "b"))"},
      {"a != b", R"(("a" <> "b"))"},
      {"@ a", R"((@ "a"))"},
      {"a ~ 'x'", R"(("a" ~ 'x'))"},
      {"a OPERATOR(+) b * c", R"(("a" + ("b" * "c")))"},
  });
}

TEST_CASE("each form of an expression has its kind", "[sql][parse]") {
  check({
      {"a IS NULL", R"(("a" IS NULL))"},
      {"a ISNULL", R"(("a" IS NULL))"},
      {"a IS NOT NULL", R"(("a" IS NOT NULL))"},
      {"a IS TRUE", R"(("a" IS true))"},
      {"a IS NOT FALSE", R"(("a" IS NOT false))"},
      {"a IS NOT UNKNOWN", R"(("a" IS NOT unknown))"},
      {"a IS DISTINCT FROM b", R"(("a" IS DISTINCT FROM "b"))"},
      {"a IS NOT DISTINCT FROM b", R"(("a" IS NOT DISTINCT FROM "b"))"},
      {"a IN (1, 2)", R"(("a" IN (1,2)))"},
      {"a NOT IN ('x')", R"(("a" NOT IN ('x')))"},
      {"a BETWEEN 1 AND 2 AND b", R"((("a" BETWEEN 1 AND 2) AND "b"))"},
      {"a NOT BETWEEN 1 AND 2", R"(("a" NOT BETWEEN 1 AND 2))"},
      {"a LIKE 'x%'", R"(("a" LIKE 'x%'))"},
      {"a NOT LIKE b ESCAPE '!'", R"(("a" NOT LIKE "b" ESCAPE '!'))"},
      {"CASE WHEN a THEN b END", R"(CASE WHEN "a" THEN "b" END)"},
      {"CASE a WHEN 1 THEN b WHEN 2 THEN c ELSE NULL END",
       R"(CASE "a" WHEN 1 THEN "b" WHEN 2 THEN "c" ELSE NULL END)"},
      {"coalesce(a, b)", R"(COALESCE("a","b"))"},
      {"NULLIF(a, '')", R"(NULLIF("a",''))"},
      {"greatest(a, b)", R"(GREATEST("a","b"))"},
      {"Least(a)", R"(LEAST("a"))"},
      {"TRUE", "true"},
      {"a = false", R"(("a" = false))"},
      {"NULL", "NULL"},
      {"a COLLATE \"C\" < b", R"((("a" COLLATE "C") < "b"))"},
      {"a COLLATE pg_catalog.\"C\"", R"(("a" COLLATE "C"))"},
      {"Lower(a)", R"("lower"("a"))"},
      {"now()", R"("now"())"},
      {"a AT TIME ZONE 'UTC'", R"("timezone"('UTC',"a"))"},
      {"extract(year FROM a)", R"("extract"('year',"a"))"},
      {"substring(a FROM 2 FOR 3)", R"("substring"("a",2,3))"},
      {"trim(a)", R"("btrim"("a"))"},
      {"trim(LEADING 'x' FROM a)", R"("ltrim"("a",'x'))"},
      {"trim(TRAILING FROM a)", R"("rtrim"("a"))"},
      {"position('x' IN a)", R"("position"("a",'x'))"},
      {"overlay(a PLACING b FROM 1)", R"("overlay"("a","b",1))"},
      {"like_escape(a, b)", R"("like_escape"("a","b"))"},
  });
}

TEST_CASE("names are folded and literals are read as PostgreSQL does", "[sql][parse]") {
  check({
      {"Ab", R"("ab")"},
      {R"("Ab")", R"("Ab")"},
      {R"("a""b")", R"("a""b")"},
      {"ÄÖü", R"("ÄÖü")"},
      {R"(U&"d\0061t")", R"("dat")"},
      {"_op", R"("_op")"},
      {"'it''s'", "'it''s'"},
      {R"('a\b')", R"('a\b')"},
      {R"(E'a\\b\n\u00e9')", "'a\\b\n\xC3\xA9'"},
      {"'a'\n 'b'", "'ab'"},
      {"$x$it's$x$", "'it''s'"},
      {R"(U&'\00e9')", "'\xC3\xA9'"},
      {"''", "''"},
      {"'\x01\"<>'", "'\x01\"<>'"},
      {"a -- the end", R"("a")"},
      {"/* 'x /* nested */ */ a", R"("a")"},
      {"a = '--' -- ' \" $$ /*", R"(("a" = '--'))"},
  });
}

TEST_CASE("numbers keep their sign, their scale and their size", "[sql][parse]") {
  check({
      {"0", "0"},
      {"-0", "0"},
      {"007", "7"},
      {"-007", "-7"},
      {"12", "12"},
      {"-12", "-12"},
      {"- 12", "-12"},
      {"-(12)", "-12"},
      {"-(-12)", "12"},
      {"- - - 12", "-12"},
      {"- -- a comment\n 12", "-12"},
      {"-/* 5 /* - */ ( */((12))", "-12"},
      {"-(/* ' */-( -- \"\n - 12))", "-12"},
      {"a = -1", R"(("a" = -1))"},
      {"a-1", R"(("a" - 1))"},
      {"a - -1", R"(("a" - -1))"},
      {"a<-1", R"(("a" < -1))"},
      {"a IN (0, -1, -2)", R"(("a" IN (0,-1,-2)))"},
      {"'é-5' < a - (-5)", R"(('é-5' < ("a" - -5)))"},
      {"-1 ^ 2", "(-1 ^ 2)"},
      {"-1::int", R"((- CAST(1 AS "int4")))"},
      {"- a", R"((- "a"))"},
      {"+ 5", "(+ 5)"},
      {"- + 5", "(- (+ 5))"},
      {"- '5'", "(- '5')"},
      {"2147483647", "2147483647"},
      {"2147483648", "2147483648"},
      {"-2147483648", "-2147483648"},
      {"- -2147483648", "2147483648"},
      {"9223372036854775808", "9223372036854775808"},
      {"1.50", "1.50"},
      {"-1.50", "-1.50"},
      {".5", ".5"},
      {"5.", "5."},
      {"1e10", "1e10"},
      {"-1E-3", "-1E-3"},
  });
}

TEST_CASE("types have the catalog's names, without its schema", "[sql][parse]") {
  check({
      {"a::int", R"(CAST("a" AS "int4"))"},
      {"CAST(a AS bigint)", R"(CAST("a" AS "int8"))"},
      {"a::smallint::text", R"(CAST(CAST("a" AS "int2") AS "text"))"},
      {"a::float(24)", R"(CAST("a" AS "float4"))"},
      {"a::double precision", R"(CAST("a" AS "float8"))"},
      {"a::decimal", R"(CAST("a" AS "numeric"))"},
      {"a::numeric(10, 2)", R"(CAST("a" AS "numeric"(10,2)))"},
      {"a::numeric(10, 0)", R"(CAST("a" AS "numeric"(10,0)))"},
      {"a::numeric(3, -2)", R"(CAST("a" AS "numeric"(3,-2)))"},
      {"a::character varying(20)", R"(CAST("a" AS "varchar"(20)))"},
      {"a::char", R"(CAST("a" AS "bpchar"(1)))"},
      {"a::\"char\"", R"(CAST("a" AS "char"))"},
      {"a::timestamp with time zone", R"(CAST("a" AS "timestamptz"))"},
      {"a::timestamp(0)", R"(CAST("a" AS "timestamp"(0)))"},
      {"a::pg_catalog.int8", R"(CAST("a" AS "int8"))"},
      {"a::interval", R"(CAST("a" AS "interval"))"},
      {"a::boolean", R"(CAST("a" AS "bool"))"},
      {"a::\"Mood\"", R"(CAST("a" AS "Mood"))"},
      {"DATE '2024-01-31'", R"(CAST('2024-01-31' AS "date"))"},
      {"timestamptz '2024-01-31'", R"(CAST('2024-01-31' AS "timestamptz"))"},
      {"numeric(3,1) '1'", R"(CAST('1' AS "numeric"(3,1)))"},
  });
}

TEST_CASE("a select list has items with names", "[sql][parse]") {
  CHECK(select("a") == "\"a\" AS a");
  CHECK(select("a, *, b AS c") == "\"a\" AS a, *, \"b\" AS c");
  CHECK(select("(A)") == "\"a\" AS a");
  CHECK(select("a \"B c\", lower(b) AS select") == "\"a\" AS B c, \"lower\"(\"b\") AS select");
  CHECK(select("a = 1 AS a -- last") == "(\"a\" = 1) AS a");
  CHECK(select("a IS NOT DISTINCT FROM b AS \"from\"") ==
        "(\"a\" IS NOT DISTINCT FROM \"b\") AS from");
}

TEST_CASE("every part knows where it begins, in bytes of the user's text", "[sql][parse]") {
  const std::string text = "'ä' = a\n  AND DATE '2024-01-01' < -b";
  const auto parsed = parse_where(text);
  REQUIRE_FALSE(parsed.complaint);
  const Syntax& both = *parsed.value;
  const auto at = [&](const Syntax& syntax) { return text.substr(syntax.offset); };
  CHECK(at(both).starts_with("AND"));
  CHECK(at(*both.arguments[0]).starts_with("= a"));
  CHECK(at(*both.arguments[0]->arguments[0]).starts_with("'ä'"));
  CHECK(at(*both.arguments[0]->arguments[1]).starts_with("a\n"));
  CHECK(at(*both.arguments[1]).starts_with("< -b"));
  CHECK(at(*both.arguments[1]->arguments[0]).starts_with("DATE"));
  CHECK(at(*both.arguments[1]->arguments[0]->arguments[0]).starts_with("'2024"));
  CHECK(at(*both.arguments[1]->arguments[1]).starts_with("-b"));

  const auto list = parse_select("ä, *,\n b + 1 AS c");
  REQUIRE(list.value.size() == 3);
  CHECK(list.value[0].offset == 0);
  CHECK(list.value[1].offset == 4);
  CHECK(list.value[2].offset == 8);
}
