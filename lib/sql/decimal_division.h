#pragma once

#include "lib/sql/decimal.h"
#include "lib/sql/frame.h"

namespace slotcast::sql {

// The quotient of two finite decimals, `right` not 0, with the scale that PostgreSQL gives it: at
// least 16 significant digits, and no fewer digits after the point than either operand.
// Source: PostgreSQL, src/backend/utils/adt/numeric.c (select_div_scale).
void divide_finite(Frame& frame, const Decimal& left, const Decimal& right, Decimal& result);

}  // namespace slotcast::sql
