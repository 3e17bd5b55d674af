#pragma once

#include <string>
#include <vector>

#include "lib/change/change.h"
#include "lib/pg/connection.h"
#include "lib/sql/expression.h"
#include "tests/support/expression_maker.h"
#include "tests/support/postgres.h"

namespace slotcast::test {

// A PostgreSQL with a table of the maker's columns and some rows, that says what expressions over
// it are there.
class SqlOracle {
 public:
  SqlOracle(ExpressionMaker& maker, std::size_t rows);

  // For each row "V" and the value as text, "N" for NULL, or "E", the SQLSTATE, a space, and what
  // is wrong.
  std::vector<std::string> answers(const std::string& expression);
  // The rows as cells; valid as long as this.
  std::vector<std::vector<Cell>> cells() const;
  static sql::Scope scope();

 private:
  pg::Connection open() const;
  pg::Rows query(const std::string& sql, const std::vector<std::string>& parameters = {});

  Postgres server_;
  pg::Connection connection_;
  pg::Rows table_;
};

}  // namespace slotcast::test
