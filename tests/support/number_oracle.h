#pragma once

#include <string>
#include <vector>

#include "lib/pg/connection.h"
#include "lib/sql/builtin.h"
#include "tests/support/postgres.h"

// The same calls made by the number families and by a real server.

namespace slotcast::test {

// The families together, as whoever resolves expressions sees them.
struct Numbers {
  Numbers();

  std::vector<sql::Function> functions;
  std::vector<sql::Cast> casts;
  std::vector<sql::TypeRoutines> types;

  const sql::TypeRoutines& type(sql::Kind kind) const;
};

// One call: as SQL, and what the families answered. An error is "ERROR <SQLSTATE> <message>".
struct NumberCall {
  std::string sql;
  std::string answer;
};

// Operands are texts, read by the input function of the argument's type.
NumberCall call_function(const Numbers& numbers, const sql::Function& function,
                         const std::vector<std::string>& operands);
NumberCall call_cast(const Numbers& numbers, const sql::Cast& cast, const std::string& operand);
NumberCall call_fit(const Numbers& numbers, sql::NumericModifier modifier,
                    const std::string& operand);
NumberCall call_input(const Numbers& numbers, sql::Kind kind, const std::string& text);

class NumberOracle {
 public:
  NumberOracle();

  // Fails the test when the server answers one of them differently.
  void check(const std::vector<NumberCall>& calls);
  pg::Rows query(const std::string& sql);

 private:
  Postgres server_;
  pg::Connection connection_;
};

}  // namespace slotcast::test
