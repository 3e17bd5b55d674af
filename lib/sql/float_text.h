#pragma once

#include <string_view>

#include "lib/sql/frame.h"

// Floating-point numbers as PostgreSQL reads and prints them, extra_float_digits being 3.
// Source: PostgreSQL documentation, section "Floating-Point Types"; float.c (float8in_internal).

namespace slotcast::sql {

// False after frame.fail(). Like the server's, they take all that strtod() takes.
bool read_float(Frame& frame, std::string_view text, float& result);
bool read_float(Frame& frame, std::string_view text, double& result);

// The shortest text that reads as the same number. Valid until the frame is reset.
std::string_view print_float(Frame& frame, float value);
std::string_view print_float(Frame& frame, double value);

}  // namespace slotcast::sql
