#pragma once

#include <string_view>

#include "lib/sql/frame.h"

namespace slotcast::sql {

// The form that PostgreSQL prints a uuid in, from any that it reads: upper case, in braces, with a
// hyphen or none after any four digits. The text itself when it is in that form already. False,
// with 22P02, for any other text.
bool read_uuid(Frame& frame, std::string_view text, std::string_view& uuid);

}  // namespace slotcast::sql
