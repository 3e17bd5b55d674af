#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "connectors/kafka/format/decimal.h"
#include "connectors/kafka/format/value_type.h"

// A value on its way from PostgreSQL's text to what every format writes. False or null: the text
// has no place in that type.

namespace slotcast::kafka {

// Integers, dates and times that are one.
bool read_whole(const ValueType& type, std::string_view text, std::int64_t& value);
// Numerics and money.
bool read_decimal_double(const ValueType& type, std::string_view text, double& value);
bool read_unscaled(const ValueType& type, std::string_view text, UnscaledDecimal& decimal);

// What texts of another form than PostgreSQL's take at most, beside the bytes that text has.
inline constexpr int kTextBytes = 128;
// Returns the end.
char* put_text_of(char* at, const ValueType& type, std::string_view text);

}  // namespace slotcast::kafka
