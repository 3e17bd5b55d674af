#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lib/sql/syntax.h"

namespace slotcast::sql {

// Where a text names the column for the first time, in bytes; nothing when it does not.
std::optional<std::uint32_t> find_column(const Syntax& syntax, const std::string& name);
// Where it begins: its operator, by which it is known else, may stand in its middle.
std::uint32_t begin_of(const Syntax& syntax);

}  // namespace slotcast::sql
