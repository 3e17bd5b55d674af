#pragma once

#include <string_view>

#include "lib/sql/frame.h"

// Texts made of others. All fail with 54000 rather than make one that PostgreSQL could not hold: an
// expression must not be able to ask for all the memory there is.

namespace slotcast::sql {

// What a value of PostgreSQL can be at most, with its header.
inline constexpr std::size_t kValueBytesMax = 0x3fffffff;

bool concatenate(Frame& frame, std::string_view left, std::string_view right,
                 std::string_view& result);

struct Replacement {
  std::string_view from;  // empty: nothing is replaced
  std::string_view to;
};
bool replace(Frame& frame, std::string_view text, Replacement replacement,
             std::string_view& result);

}  // namespace slotcast::sql
