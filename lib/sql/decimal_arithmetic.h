#pragma once

#include "lib/sql/decimal.h"
#include "lib/sql/frame.h"

// Arithmetic of numeric, display scales included. What can fail returns false after frame.fail().
// The result is never one of the operands.
// Source: PostgreSQL, src/backend/utils/adt/numeric.c, for the scales and the limits.

namespace slotcast::sql {

inline constexpr int kScaleMax = 16383;         // that a numeric can have
inline constexpr int kWholeDigitsMax = 131072;  // before the point

bool add(Frame& frame, const Decimal& left, const Decimal& right, Decimal& result);
bool subtract(Frame& frame, const Decimal& left, const Decimal& right, Decimal& result);
bool multiply(Frame& frame, const Decimal& left, const Decimal& right, Decimal& result);
bool divide(Frame& frame, const Decimal& left, const Decimal& right, Decimal& result);
// With the sign of `left`.
bool remainder(Frame& frame, const Decimal& left, const Decimal& right, Decimal& result);
void negate(const Decimal& value, Decimal& result);

// Negative, 0 or positive. NaN equals NaN and is greater than all others.
int compare(Frame& frame, const Decimal& left, const Decimal& right);

// False, without frame.fail(): the value has more digits before the point.
bool is_within_whole_digits(Frame& frame, const Decimal& value, int whole_digits);

}  // namespace slotcast::sql
