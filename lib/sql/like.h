#pragma once

#include <string_view>

#include "lib/sql/frame.h"

// LIKE, for texts whose collation is deterministic.
// Source: PostgreSQL documentation, section "Pattern Matching".

namespace slotcast::sql {

// False, with 22025, when a backslash ends the pattern; only if the matching comes that far, as in
// PostgreSQL.
bool like(Frame& frame, std::string_view text, std::string_view pattern, bool& is_match);

// The pattern with a backslash in place of the character that LIKE … ESCAPE names, which may be
// empty: none. False, with 22025, when it is longer.
bool like_escape(Frame& frame, std::string_view pattern, std::string_view escape,
                 std::string_view& result);

}  // namespace slotcast::sql
