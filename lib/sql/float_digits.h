#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace slotcast::sql {

// The decimal digits of a floating-point number: d.ddd * 10^exponent.
struct FloatDigits {
  std::array<char, 20> digits;
  int count = 0;
  int exponent = 0;

  std::string_view text() const { return {digits.data(), static_cast<std::size_t>(count)}; }
};

// The fewest that PostgreSQL prints for a finite number that is not negative, 0 being "0". Unlike
// std::to_chars() it never prints a number that lies just between two floating-point ones, although
// rounding half to even would read the right one from it: its algorithm wants no such guess from
// readers.
// Source: PostgreSQL, src/common/d2s.c and f2s.c (acceptBounds).
FloatDigits shortest_digits(float value);
FloatDigits shortest_digits(double value);

}  // namespace slotcast::sql
