#pragma once

#include <string_view>

#include "lib/sql/decimal.h"
#include "lib/sql/frame.h"

// Numerics as PostgreSQL reads and prints them.
// Source: PostgreSQL documentation, section "Numeric Constants"; numeric.c (numeric_in,
// set_var_from_str) of version 15, which knows neither underscores nor other bases.

namespace slotcast::sql {

// False after frame.fail().
bool read_decimal(Frame& frame, std::string_view text, Decimal& result);

// Never with an exponent. Valid until the frame is reset.
std::string_view print_decimal(Frame& frame, const Decimal& value);

}  // namespace slotcast::sql
