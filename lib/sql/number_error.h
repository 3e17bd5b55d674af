#pragma once

#include <string>
#include <string_view>

#include "lib/sql/frame.h"
#include "lib/sql/type.h"

// What PostgreSQL says when a number cannot be had. All return false, as Frame::fail() does.
// SQLSTATEs: PostgreSQL documentation, appendix "PostgreSQL Error Codes".

namespace slotcast::sql {

inline constexpr std::string_view kNumericValueOutOfRange = "22003";
inline constexpr std::string_view kDivisionByZero = "22012";
inline constexpr std::string_view kInvalidTextRepresentation = "22P02";
inline constexpr std::string_view kFeatureNotSupported = "0A000";

inline bool out_of_range(Frame& frame, Kind kind) {
  return frame.fail(kNumericValueOutOfRange, std::string(name_of(kind)) + " out of range");
}

inline bool division_by_zero(Frame& frame) {
  return frame.fail(kDivisionByZero, "division by zero");
}

inline bool invalid_input(Frame& frame, Kind kind, std::string_view text) {
  return frame.fail(kInvalidTextRepresentation, "invalid input syntax for type " +
                                                    std::string(name_of(kind)) + ": \"" +
                                                    std::string(text) + "\"");
}

inline bool float_overflow(Frame& frame) {
  return frame.fail(kNumericValueOutOfRange, "value out of range: overflow");
}
inline bool float_underflow(Frame& frame) {
  return frame.fail(kNumericValueOutOfRange, "value out of range: underflow");
}

// Beyond 131072 digits before the point, or 16383 after it.
inline bool numeric_overflow(Frame& frame) {
  return frame.fail(kNumericValueOutOfRange, "value overflows numeric format");
}

}  // namespace slotcast::sql
