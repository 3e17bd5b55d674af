// Goal: no text, however broken, crashes the parser, hangs it or gets a complaint beside the text.
// Method: expressions are cut, spliced, doubled and sprinkled with key words, signs and bytes at
// random. What is still accepted says the same when it is printed and parsed again.

#include <catch2/catch.hpp>
#include <random>

#include "lib/sql/syntax.h"
#include "tests/support/syntax_text.h"

using namespace slotcast;
using namespace slotcast::sql;

namespace {

const std::vector<std::string> kTexts = {
    "a = 1",
    "a = -1 AND b <> 'x'",
    "NOT a OR b AND c",
    "a IS NOT NULL",
    "a IS NOT DISTINCT FROM b",
    "a IN (1, -2, 3)",
    "s NOT LIKE 'x%' ESCAPE '!'",
    "a BETWEEN 1 AND b",
    "p IS NOT UNKNOWN",
    "CASE WHEN a THEN b ELSE c END",
    "CASE a WHEN 1 THEN 'x' END",
    "coalesce(a, b, -1)",
    "nullif(a, '')",
    "greatest(a, b)",
    "least(a, -(2))",
    "lower(s) || upper(u)",
    "a::int",
    "CAST(a AS numeric(10, -2))",
    "DATE '2024-01-01'",
    "timestamptz(3) '2024-01-01'",
    "a::varchar(3) COLLATE \"C\"",
    "j->'a'->>'b' = 'é'",
    "extract(year FROM at)",
    "trim(LEADING 'x' FROM s)",
    "substring(s FROM 2 FOR 3)",
    "position('x' IN s)",
    "at AT TIME ZONE 'UTC'",
    "E'a\\n\\u00e9\\'' = s",
    "U&'\\00e9' = s",
    "$x$it's$x$ = s",
    "\"Ä\"\"ö\" = 'ü€😀'",
    "a -- comment\n = 1",
    "/* a /* b */ */ a",
    "-(-(- 5)) < - /* 6 */ 7",
    "1.5e10 * .5 ^ 2147483648",
    "((a))",
    "f(g(h(a)))",
    "a, b AS c, *",
    "lower(a) AS \"B c\", d",
    "count(*) OVER ()",
    "(SELECT 1)",
    "a = ANY (b)",
    "ARRAY[1, 2]",
    "ROW(1, 2)",
    "(a).b",
    "a[1]",
    "t.a",
    "t.*",
    "$1",
    "B'01'",
    "x'ff'",
    "current_timestamp(3)",
    "a; DROP TABLE t",
    "a FROM b",
    "DISTINCT a",
    "a ORDER BY b LIMIT 1",
    "a UNION SELECT b",
    "a INTO x",
    "a FOR UPDATE",
    "xmlelement(name x, a)",
    "f(x => 1, VARIADIC y)",
    "a::int[]",
    "a SIMILAR TO 'x'",
    "sum(a) FILTER (WHERE b) OVER (PARTITION BY c ORDER BY d ROWS 1 PRECEDING)",
};

const std::vector<std::string> kPieces = {
    " AND ",
    " OR ",
    "NOT ",
    " IS ",
    " NULL",
    " IN ",
    "(",
    ")",
    "[",
    "]",
    ",",
    ";",
    ".",
    "::",
    ":",
    "'",
    "\"",
    "$$",
    "$1",
    "--",
    "/*",
    "*/",
    "\n",
    "-",
    "+",
    "*",
    "= ",
    "<",
    ">",
    "~",
    "!",
    "@",
    "||",
    "->",
    " LIKE ",
    " ESCAPE ",
    " BETWEEN ",
    "CASE ",
    " WHEN ",
    " THEN ",
    " ELSE ",
    " END",
    "SELECT ",
    " FROM ",
    " WHERE ",
    " GROUP BY ",
    " HAVING ",
    " WINDOW w AS ()",
    " UNION ",
    " ORDER BY ",
    " LIMIT ",
    " FOR UPDATE",
    " INTO ",
    "DISTINCT ",
    "ALL ",
    "ANY ",
    "EXISTS ",
    "ARRAY",
    "ROW",
    "CAST(",
    " AS ",
    " COLLATE ",
    " AT TIME ZONE ",
    "INTERVAL ",
    "DATE ",
    "E'",
    "U&'",
    "U&\"",
    "B'",
    "X'",
    "N'",
    "\\",
    "0",
    "1",
    "2147483648",
    "1e9",
    "a",
    "\"C\"",
    "int",
    "numeric(",
    "SETOF ",
    "pg_catalog.",
    "OPERATOR(",
    "VALUES ",
    "WITH ",
    "TABLE ",
    " OVER ",
    " FILTER ",
    "\xC3\xA9",
    "\xC3",
    "\xFF",
    "\xF0\x9F\x98\x80",
    "\x01",
    " DISTINCT FROM ",
    " SYMMETRIC ",
    " IS JSON",
    " OVERLAPS ",
    "GROUPING(",
    "COALESCE(",
    "XMLPARSE(",
    " UESCAPE '!'",
};

class Mutations {
 public:
  explicit Mutations(std::uint64_t seed) : random_(seed) {}

  std::string next() {
    std::string text = any(kTexts);
    for (std::size_t i = 1 + below(6); i > 0; --i) mutate(text);
    return text;
  }

 private:
  std::size_t below(std::size_t end) { return random_() % end; }
  const std::string& any(const std::vector<std::string>& list) { return list[below(list.size())]; }

  void mutate(std::string& text) {
    const std::size_t at = below(text.size() + 1);
    const std::size_t count = below(text.size() - at + 1);
    switch (below(8)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      case 1:
        text.erase(at, count);
        break;
      case 2:
        text.resize(at);
        break;
      case 3:
        if (text.size() < 4096) text.insert(below(text.size() + 1), text.substr(at, count));
        break;
      case 4:
        text = text.substr(0, at) + any(kTexts);
        break;
      case 5:
        text += any(kPieces) + any(kTexts);
        break;
      default:
        text.insert(at, any(kPieces));
    }
  }

  std::mt19937_64 random_;
};

// Empty when all is well.
std::string problem_of(const std::string& text) {
  const auto where = parse_where(text);
  if (where.complaint) {
    if (where.value) return "an expression and a complaint";
    if (where.complaint->offset > text.size()) return "a complaint beside the text";
    if (where.complaint->what.empty()) return "a complaint without words";
  } else {
    const std::string printed = test::sql_of(*where.value);
    const auto again = parse_where(printed);
    if (again.complaint) return printed + " is refused: " + again.complaint->what;
    if (test::sql_of(*again.value) != printed) return printed + " says something else";
  }
  const auto select = parse_select(text);
  if (!select.complaint) return select.value.empty() ? "no items" : "";
  return select.complaint->offset > text.size() ? "a complaint beside the list" : "";
}

void run(std::uint64_t seed, int count) {
  Mutations mutations(seed);
  int accepted = 0;
  for (int i = 0; i < count; ++i) {
    const std::string text = mutations.next();
    const std::string problem = problem_of(text);
    if (!problem.empty()) {
      INFO("seed " << seed << ", text " << i << ": " << text);
      CHECK(problem == "");
    }
    if (!parse_where(text).complaint) ++accepted;
  }
  CHECK(accepted > count / 50);
}

}  // namespace

TEST_CASE("3,000 broken expressions", "[sql][parse]") {
  run(7, 3000);
}

TEST_CASE("1,000,000 broken expressions", "[.campaign]") {
  run(20240608, 1'000'000);
}
