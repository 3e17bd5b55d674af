#pragma once

#include <cstdint>
#include <string_view>

#include "lib/sql/frame.h"

// Parts of texts, which point into the text they are of. Positions and counts are in characters,
// the first is 1.
// Source: PostgreSQL documentation, section "String Functions and Operators".

namespace slotcast::sql {

// Where a substring lies: `skipped` units are before it, then come at most `taken`.
struct Span {
  std::uint64_t skipped = 0;
  std::uint64_t taken = 0;
};
// substr(…, start) and substr(…, start, length): a start before the first unit counts too, so that
// the length may end before it. False, with 22011, when the length is negative.
Span span_from(std::int64_t start);
bool span_of(Frame& frame, std::int64_t start, std::int64_t length, Span& span);

std::string_view take_characters(std::string_view text, Span span);
// With a negative count: all but as many at the other end.
std::string_view left_part(std::string_view text, std::int64_t count);
std::string_view right_part(std::string_view text, std::int64_t count);

// Without the characters of `set` at its begin, its end.
std::string_view trim_left(std::string_view text, std::string_view set);
std::string_view trim_right(std::string_view text, std::string_view set);

// The field of that number, counted from the end when negative. False, with 22023, when it is zero.
bool split_part(Frame& frame, std::string_view text, std::string_view delimiter,
                std::int64_t number, std::string_view& part);

}  // namespace slotcast::sql
