#pragma once

#include <cstdint>
#include <string_view>

#include "lib/sql/builtin.h"

// Dates and times as texts, the session's settings being DateStyle ISO, MDY and TimeZone UTC.

namespace slotcast::sql {

// Input of builtin.h. What the server would refuse fails with its error; a form that only the
// server knows fails as not supported (0A000).
bool read_date(Frame& frame, const Value* text, Value& result);
bool read_time(Frame& frame, const Value* text, Value& result);
bool read_timestamp(Frame& frame, const Value* text, Value& result);
bool read_timestamptz(Frame& frame, const Value* text, Value& result);

// Output of builtin.h.
bool print_date(Frame& frame, const Value& value, std::string_view& text);
bool print_time(Frame& frame, const Value& value, std::string_view& text);
bool print_timestamp(Frame& frame, const Value& value, std::string_view& text);
bool print_timestamptz(Frame& frame, const Value& value, std::string_view& text);

}  // namespace slotcast::sql
