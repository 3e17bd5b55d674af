#pragma once

#include <cstdint>
#include <string_view>

#include "lib/sql/type.h"

namespace slotcast::sql {

class Decimal;

// One value of a kind known to whoever holds it. Texts and decimals point into the row, into the
// program or into the frame, and live as long as those.
struct Value {
  enum class State : std::uint8_t { Null, Present };

  State state = State::Null;
  union {
    // Int2…Int8; Bool as 0 and 1; Date as days, Time as microseconds of the day, Timestamp and
    // Timestamptz as microseconds since 2000-01-01 (of UTC). Dates and timestamps at infinity are
    // the smallest and largest values: INT32_MIN and INT32_MAX, INT64_MIN and INT64_MAX.
    std::int64_t integer = 0;
    double number;           // Float4, Float8
    const Decimal* decimal;  // Numeric
  };
  // Text, Varchar, Unknown, Json, Jsonb, Uuid (as PostgreSQL prints it), Enum (its label), Bytea
  // (its bytes), Other (as it came).
  std::string_view text;

  bool is_null() const { return state == State::Null; }
  static Value null() { return {}; }
  static Value of_integer(std::int64_t integer) {
    Value value;
    value.state = State::Present;
    value.integer = integer;
    return value;
  }
  static Value of_bool(bool is_true) { return of_integer(is_true ? 1 : 0); }
  static Value of_number(double number) {
    Value value;
    value.state = State::Present;
    value.number = number;
    return value;
  }
  static Value of_text(std::string_view text) {
    Value value;
    value.state = State::Present;
    value.text = text;
    return value;
  }
  static Value of_decimal(const Decimal& decimal) {
    Value value;
    value.state = State::Present;
    value.decimal = &decimal;
    return value;
  }
};

}  // namespace slotcast::sql
