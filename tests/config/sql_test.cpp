// Goal:   texts that PostgreSQL reads alike but for their layout are told to be alike, others
// never. Method: pairs by hand. Places are tested with scalar_text.
#include "config/sql.h"

#include <catch2/catch.hpp>

using namespace slotcast;

namespace {

std::string one_line(const std::string& text) {
  config::Sql sql;
  sql.text = text;
  return sql.one_line();
}

}  // namespace

TEST_CASE("sql: layout does not count, what is quoted does", "[config]") {
  CHECK(one_line("a > 1\n") == one_line("  a\n    >\t1"));
  CHECK(one_line("a = 'x  y'\n  AND b") == one_line("a = 'x  y' AND b"));
  CHECK(one_line("a = 'x  y'") != one_line("a = 'x y'"));
  CHECK(one_line("a = ' it''s  '") != one_line("a = ' it''s '"));
  CHECK(one_line("\"a  b\"") != one_line("\"a b\""));
  CHECK(one_line("'\"' ||  a") == one_line("'\"' || a"));
  CHECK(one_line("a <> 1") != one_line("a < > 1"));
  CHECK(one_line("ab") != one_line("a b"));
  CHECK(one_line("").empty());
  CHECK(one_line(" \n ").empty());
  // A comment's end, and what only the lexer can tell.
  CHECK(one_line("a -- b\n, c") != one_line("a -- b , c"));
  CHECK(one_line("a /* ' */  ") == "a /* ' */");
  CHECK(one_line("E'\\'  '") != one_line("E'\\' '"));
  CHECK(one_line("$$a  b$$") != one_line("$$a b$$"));
}
