#pragma once

#include <string>

#include "lib/sql/syntax.h"

// A parsed expression as SQL again, with every parenthesis and every name in quotes, so that
// nothing is left to precedence or to key words.

namespace slotcast::test {

std::string quoted_name(const std::string& name);
std::string sql_of(const sql::Syntax& syntax);

}  // namespace slotcast::test
