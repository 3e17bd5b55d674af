#pragma once

#include <string>
#include <vector>

#include "lib/base/random.h"
#include "lib/sql/type.h"

namespace slotcast::test {

// Expressions made at random, each of a wanted type, over the columns of one table; and rows for
// that table with values that sit at the edges of their types. Everything is text for PostgreSQL.
class ExpressionMaker {
 public:
  explicit ExpressionMaker(Random& random) : random_(random) {}

  struct Column {
    const char* name;
    const char* definition;  // of CREATE TABLE
    sql::Kind kind;
  };
  static const std::vector<Column>& columns();

  std::string expression(sql::Kind kind, int depth);
  sql::Kind any_kind();
  // The form with its holes filled: of "{int4} + {int8}" the first is always a column, so that it
  // is not a constant. Beside types: {mood}, {bytes text}, {small}, {length}, {pattern},
  // {key} and {index}.
  std::string filled(const std::string& form);
  // One value for each column, as an SQL literal.
  std::vector<std::string> row();

 private:
  std::string literal(sql::Kind kind);
  std::string fill(const std::string& hole, bool is_first);
  std::string column(sql::Kind kind);
  std::string boolean(int depth);
  std::string comparison(int depth);
  std::string number(sql::Kind kind, int depth);
  std::string text(int depth);
  std::string json(sql::Kind kind, int depth);
  std::string any_of_kind(sql::Kind kind, int depth);
  std::string cast(sql::Kind kind, int depth);
  std::string list(sql::Kind kind, int depth, int most);
  std::size_t below(std::size_t bound);
  bool one_in(std::size_t bound) { return below(bound) == 0; }
  const char* pick(const std::vector<const char*>& choices) {
    return choices[below(choices.size())];
  }

  Random& random_;
};

}  // namespace slotcast::test
