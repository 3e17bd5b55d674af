// Goal: an expression says to slotcast what it says to PostgreSQL.
// Method: a server is given the text, and what was parsed of it with all parentheses, as the
// definitions of two views; what it stored of them must be the same, or the error. Texts are a list
// and 600 made at random, without parentheses, so that precedence decides.

#include <catch2/catch.hpp>
#include <random>

#include "lib/sql/syntax.h"
#include "tests/support/postgres.h"
#include "tests/support/syntax_text.h"

using namespace slotcast;
using namespace slotcast::sql;

namespace {

constexpr const char* kSetUp = R"(
  CREATE TABLE t (a int, b int, c bigint, d numeric, s text, u varchar, p bool, q bool, j jsonb,
                  at timestamptz, day date, "Odd ""name" int);
  CREATE FUNCTION meaning(expression text) RETURNS text LANGUAGE plpgsql AS $f$
  DECLARE definition text;
  BEGIN
    EXECUTE 'CREATE TEMP VIEW v AS SELECT ' || expression || E'\n AS x FROM t';
    definition := pg_get_viewdef('v'::regclass);
    DROP VIEW v;
    RETURN definition;
  EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE;
  END $f$;
  CREATE FUNCTION answer(expression text) RETURNS text LANGUAGE plpgsql AS $f$
  DECLARE value text;
  BEGIN
    EXECUTE 'SELECT (' || expression || E'\n)::text' INTO value;
    RETURN coalesce(value, 'NULL');
  EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE;
  END $f$;)";

std::string literal(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + "'";
}

std::string printed(const std::string& text) {
  const auto parsed = parse_where(text);
  return parsed.complaint ? "refused here: " + parsed.complaint->what : test::sql_of(*parsed.value);
}

// Those that mean something else, and how many the server took. `function` is of kSetUp.
struct Comparison {
  std::string different;
  int accepted = 0;
};

Comparison compare(const test::Postgres& server, const std::string& function,
                   const std::vector<std::string>& texts) {
  Comparison comparison;
  constexpr std::size_t kAtOnce = 100;
  for (std::size_t begin = 0; begin < texts.size(); begin += kAtOnce) {
    std::string values;
    for (std::size_t i = begin; i < std::min(begin + kAtOnce, texts.size()); ++i) {
      values += (values.empty() ? "(" : ",(") + literal(texts[i]) + "," +
                literal(printed(texts[i])) + ")";
    }
    const std::string from = "(SELECT original, parsed, " + function + "(original) AS wanted, " +
                             function + "(parsed) AS found FROM (VALUES " + values +
                             ") AS list (original, parsed) OFFSET 0) AS both_sides";
    const std::string rows = server.psql(
        "SELECT count(*) FILTER (WHERE wanted !~ '^[0-9A-Z]{5}$'), coalesce(string_agg("
        "format(E'%s\n is %s:\n %s\n %s', original, parsed, wanted, found), E'\n') "
        "FILTER (WHERE wanted <> found), '') FROM " +
        from);
    comparison.accepted += std::stoi(rows);
    const std::string different = rows.substr(rows.find('|') + 1);
    if (different != "\n") comparison.different += different;
  }
  return comparison;
}

// Chains of operators, with what may stand before and behind their operands.
class Chains {
 public:
  explicit Chains(std::uint64_t seed) : random_(seed) {}

  std::string condition() {
    std::string text;
    const std::size_t count = 1 + below(4);
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) text += any({" AND ", " OR ", " AND NOT ", " OR NOT ", "\nor "});
      text += any({"", "", "NOT "}) + comparison() +
              any({"", "", "", "", "", " IS TRUE", " IS NOT FALSE", " IS UNKNOWN", " IS NULL"});
    }
    return text;
  }

 private:
  std::size_t below(std::size_t end) { return random_() % end; }
  std::string any(std::initializer_list<const char*> choices) {
    return choices.begin()[below(choices.size())];
  }

  std::string number() {
    return any({"", "", "", "", "- ", "+", "@ ", "~", "- - ", "-/* ( */ "}) +
           any({"a", "b", "a", "b", "0", "1", "2", "-3", "(-7)", "-(- 4)", "\"Odd \"\"name\"",
                "length(s)", "coalesce(a, -1)", "c", "2147483648", "d", "1.5"}) +
           any({"", "", "", "", "", "", "", "::int", "::bigint"});
  }

  std::string numbers() {
    std::string text = number();
    for (std::size_t i = below(4); i > 0; --i) {
      text += any({" + ", " - ", "- ", " * ", " / ", " + ", " * ", " % ", " ^ ", " & ", " << "}) +
              number();
    }
    return text;
  }

  std::string word() {
    return any({"s", "u", "'x'", "'it''s'", "j->>'k'", "j->'k'->>'l'", "lower(s)", "a::text",
                "s COLLATE \"C\"", "'é'", "E'\\n'"});
  }

  std::string words() {
    std::string text = word();
    for (std::size_t i = below(3); i > 0; --i) text += " || " + word();
    return text;
  }

  std::string comparison() {
    switch (below(9)) {
      case 0:
        return any({"p", "q", "true", "false", "NULL"});
      case 1:
        return numbers() + any({"", " NOT"}) + " BETWEEN " + numbers() + " AND " + numbers();
      case 2:
        return numbers() + any({"", " NOT"}) + " IN (" + numbers() + ", " + numbers() + ")";
      case 3:
        return words() + any({"", " NOT"}) + " LIKE " + words() + any({"", " ESCAPE '!'"});
      case 4:
        return numbers() + " IS" + any({"", " NOT"}) + " DISTINCT FROM " + numbers();
      case 5:
        return words() + any({" = ", " < ", " <> ", " ~ ", " >= "}) + words();
      case 6:
        return "CASE WHEN p THEN " + numbers() + " ELSE " + numbers() + " END = " + numbers();
      default:
        return numbers() + any({" = ", " < ", " <> ", " != ", " >= ", "<", "=-"}) + numbers();
    }
  }

  std::mt19937_64 random_;
};

}  // namespace

TEST_CASE("PostgreSQL reads an expression and what was parsed of it as the same",
          "[sql][parse][server]") {
  const test::Postgres server;
  server.psql(kSetUp);

  {
    INFO("chosen ones");
    const std::vector<std::string> texts = {"a = -1 ^ 2",
                                            "- 1 ^ 2 = a",
                                            "-2147483648",
                                            "- -2147483648",
                                            "-9223372036854775808",
                                            "-0",
                                            "-'5'",
                                            "- a::text::int",
                                            "a -1",
                                            "a - - 1",
                                            "5 - -(-(3))",
                                            "-1::smallint",
                                            "0",
                                            "007",
                                            "1.50",
                                            "5.",
                                            "-.5e-3",
                                            "1e400",
                                            "99999999999999999999",
                                            "NOT p = q",
                                            "NOT p IS NULL",
                                            "p AND q OR p AND NOT q",
                                            "p OR q AND p",
                                            "p AND (q AND (p OR q))",
                                            "p = q IN (true)",
                                            "a < b IS TRUE",
                                            "a IS NULL = p",
                                            "a <= b = q",
                                            "a + b * c - d / 2 % 3 = 4 ^ 2 ^ 3",
                                            "s || 'x' = u",
                                            "s || a + 1",
                                            "j -> 'a' -> 'b' ->> 'c' = 'd'",
                                            "j->'a' || j->'b'",
                                            "s LIKE 'a' || 'b'",
                                            "s NOT LIKE u ESCAPE ''",
                                            "s LIKE 'x' ESCAPE NULL",
                                            "a BETWEEN 1 AND 2 AND p",
                                            "a NOT BETWEEN b AND c OR q",
                                            "a NOT IN (1, b, NULL)",
                                            "s IN ('x', u)",
                                            "CASE a WHEN 1 THEN 'x' WHEN NULL THEN s END",
                                            "CASE WHEN p THEN 1 ELSE 2.5 END",
                                            "CASE WHEN p THEN a END IS NULL",
                                            "coalesce(a, b, 0)",
                                            "nullif(s, '')",
                                            "greatest(a, c, d)",
                                            "least(a)",
                                            "a IS DISTINCT FROM b",
                                            "a IS NOT DISTINCT FROM NULL",
                                            "p IS NOT UNKNOWN",
                                            "s COLLATE \"C\" < u",
                                            "s || u COLLATE \"POSIX\" = 'x'",
                                            "d::numeric(10, -2)",
                                            "d::numeric(5, 0)",
                                            "s::varchar(3)",
                                            "s::char(2)",
                                            "s::char",
                                            "s::\"char\"",
                                            "a::float(24) + a::float(25)",
                                            "at::timestamp(0)",
                                            "DATE '2024-02-29' < day",
                                            "time with time zone '10:00+02'",
                                            "timestamptz(3) '2024-01-01'",
                                            "float8 '1.5'",
                                            "numeric(3, 1) '1.55'",
                                            "interval '1 day'",
                                            "day + interval '1' month",
                                            "\"Odd \"\"name\"",
                                            "lower(s) = upper(u)",
                                            "\"left\"(s, 2)",
                                            "now()",
                                            "to_char(at, 'YYYY')",
                                            "$$it's$$ = s",
                                            "U&'\\00e9' = s",
                                            "'a'\n'b' = s",
                                            "N'abc' = s",
                                            "true",
                                            "null",
                                            "@ a",
                                            "~ a & b | c # a",
                                            "|/ d",
                                            "s ~* 'x' AND s !~ 'y'",
                                            "a OPERATOR(+) b * c",
                                            "a = 1 -- end",
                                            "a != b",
                                            "a <> b"};
    const Comparison comparison = compare(server, "meaning", texts);
    CHECK(comparison.different == "");
    // `s || a + 1` is no operator, and 1e400 is one too long for nothing.
    CHECK(comparison.accepted >= static_cast<int>(texts.size()) - 4);
  }

  {
    INFO("forms that become functions, by their values");
    const std::vector<std::string> texts = {
        "extract(year FROM date '2024-02-03')",
        "timestamp '2024-01-01' AT TIME ZONE 'UTC'",
        "timestamptz '2024-01-01 00:00+00' AT TIME ZONE 'Asia/Tokyo'",
        "substring('abcdef' FROM 2)",
        "substring('abcdef' FROM 2 FOR 3)",
        "substring('abcdef' FOR 3)",
        "substring('abcdef', 3)",
        "substring('foobar' FROM 'o(.)b')",
        "trim('  x ')",
        "trim(BOTH 'x' FROM 'xxax')",
        "trim(LEADING 'x' FROM 'xxax')",
        "trim(TRAILING FROM ' a ')",
        "trim('xa', 'x')",
        "position('b' IN 'abc')",
        "overlay('abcdef' PLACING 'X' FROM 2 FOR 3)",
        "overlay('abcdef' PLACING 'X' FROM 2)",
        "normalize('é')",
        "'a_c' LIKE 'a!_%' ESCAPE '!'",
        "-(-(- 5)) - -/* 1 */ 3",
        "- -- five\n 5",
        "0 - 0 * -0",
        "1 - -1 - -(1)",
        "-2 ^ 2",
        "-007"};
    const Comparison comparison = compare(server, "answer", texts);
    CHECK(comparison.different == "");
    CHECK(comparison.accepted == static_cast<int>(texts.size()));
  }

  {
    INFO("random chains");
    Chains chains(20240607);
    std::vector<std::string> texts;
    for (int i = 0; i < 600; ++i) texts.push_back(chains.condition());
    const Comparison comparison = compare(server, "meaning", texts);
    CHECK(comparison.different == "");
    CHECK(comparison.accepted > 150);
  }
}
