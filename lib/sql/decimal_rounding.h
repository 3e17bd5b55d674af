#pragma once

#include "lib/sql/decimal.h"
#include "lib/sql/frame.h"

namespace slotcast::sql {

enum class Rounding { HalfAway, Floor, Ceiling };  // HalfAway: from zero

// value * 10^power. Not below: power < 0 would lose digits.
void shift_up(Frame& frame, mpz_srcptr value, int power, mpz_ptr result);

// `value`, which is finite, with exactly `scale` digits after the point; a negative scale rounds
// before the point and displays as 0.
void round_to(Frame& frame, const Decimal& value, int scale, Rounding rounding, Decimal& result);

// numerator / divisor, rounded half away from zero, as a decimal of that scale.
void divide_rounded(Frame& frame, mpz_srcptr numerator, mpz_srcptr divisor, int scale,
                    Decimal& result);

// A rounded value as an integer. False, without frame.fail(), when it does not fit.
bool to_int64(Frame& frame, const Decimal& value, std::int64_t& integer);

}  // namespace slotcast::sql
