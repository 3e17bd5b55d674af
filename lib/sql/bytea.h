#pragma once

#include <string_view>

#include "lib/sql/frame.h"

namespace slotcast::sql {

// The bytes of either of PostgreSQL's formats, "hex" and "escape". False with 22023 or 22P02.
bool read_bytea(Frame& frame, std::string_view text, std::string_view& bytes);
// In the format "hex".
std::string_view print_bytea(Frame& frame, std::string_view bytes);

}  // namespace slotcast::sql
