#pragma once

#include <string_view>

#include "lib/sql/frame.h"

// lower() and upper() as a database with the character type C.UTF-8 has them: by the C library's
// table, character by character, whatever locale the process runs in.
//
// Threads: any.

namespace slotcast::sql {

std::string_view to_lower(Frame& frame, std::string_view text);
std::string_view to_upper(Frame& frame, std::string_view text);

}  // namespace slotcast::sql
