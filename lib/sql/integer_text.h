#pragma once

#include "lib/sql/frame.h"
#include "lib/sql/value.h"

// Integers and booleans as PostgreSQL reads and prints them.
// Source: PostgreSQL documentation, sections "Numeric Types" and "Boolean Type".

namespace slotcast::sql {

bool read_int2(Frame& frame, const Value* text, Value& result);
bool read_int4(Frame& frame, const Value* text, Value& result);
bool read_int8(Frame& frame, const Value* text, Value& result);
bool read_bool(Frame& frame, const Value* text, Value& result);

bool print_integer(Frame& frame, const Value& value, std::string_view& text);
bool print_bool(Frame& frame, const Value& value, std::string_view& text);

}  // namespace slotcast::sql
