#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/sql/syntax.h"

// What the README says that expressions of routes leave out, although PostgreSQL can: each by what
// is said of it, word by word. Anything else that is refused here and not there is a defect.

namespace slotcast::test {

// Of an expression that is refused at the start. "" when it should not have been.
std::string reason_left_out(const std::string& expression, const std::string& complaint);

// A date or a time that is read from a text which is none of ISO 8601's: of a row, or a constant.
bool is_date_left_out(const std::string& message);

// The parts of an expression that stand where the complaint is, and are constants.
std::vector<std::string> constants_at(const sql::Syntax& syntax, std::uint32_t offset);

}  // namespace slotcast::test
