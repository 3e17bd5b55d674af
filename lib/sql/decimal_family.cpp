#include <algorithm>

#include "lib/sql/builtin.h"
#include "lib/sql/comparison.h"
#include "lib/sql/decimal_arithmetic.h"
#include "lib/sql/decimal_rounding.h"
#include "lib/sql/decimal_text.h"
#include "lib/sql/number_error.h"

namespace slotcast::sql {
namespace {

// Beyond this many digits before the point round() leaves nothing of any number.
constexpr std::int64_t kRoundScaleMin = -kWholeDigitsMax - 1;

template <bool (*kOperation)(Frame&, const Decimal&, const Decimal&, Decimal&)>
bool of_two(Frame& frame, const Value* arguments, Value& result) {
  Decimal& decimal = frame.decimal();
  if (!kOperation(frame, *arguments[0].decimal, *arguments[1].decimal, decimal)) return false;
  result = Value::of_decimal(decimal);
  return true;
}

bool same(Frame&, const Value* arguments, Value& result) {
  result = arguments[0];
  return true;
}

bool minus(Frame& frame, const Value* arguments, Value& result) {
  Decimal& decimal = frame.decimal();
  negate(*arguments[0].decimal, decimal);
  result = Value::of_decimal(decimal);
  return true;
}

bool absolute(Frame& frame, const Value* arguments, Value& result) {
  return arguments[0].decimal->sign() < 0 ? minus(frame, arguments, result)
                                          : same(frame, arguments, result);
}

bool rounded(Frame& frame, const Value& value, int scale, Rounding rounding, Value& result) {
  result = value;
  if (!value.decimal->is_finite()) return true;
  Decimal& decimal = frame.decimal();
  round_to(frame, *value.decimal, scale, rounding, decimal);
  result = Value::of_decimal(decimal);
  return is_within_whole_digits(frame, decimal, kWholeDigitsMax) || numeric_overflow(frame);
}

template <Rounding kRounding>
bool to_whole(Frame& frame, const Value* arguments, Value& result) {
  return rounded(frame, arguments[0], 0, kRounding, result);
}

bool round_at(Frame& frame, const Value* arguments, Value& result) {
  const auto scale = std::clamp<std::int64_t>(arguments[1].integer, kRoundScaleMin, kScaleMax);
  return rounded(frame, arguments[0], static_cast<int>(scale), Rounding::HalfAway, result);
}

int order(Frame& frame, const Value& left, const Value& right) {
  return compare(frame, *left.decimal, *right.decimal);
}

bool from_integer(Frame& frame, const Value* arguments, Value& result) {
  Decimal& decimal = frame.decimal();
  decimal.set(arguments[0].integer);
  result = Value::of_decimal(decimal);
  return true;
}

template <Kind to, class Integer>
bool to_integer(Frame& frame, const Value* arguments, Value& result) {
  const Decimal& decimal = *arguments[0].decimal;
  if (!decimal.is_finite()) {
    const std::string what = decimal.is_nan() ? "NaN" : "infinity";
    return frame.fail(kFeatureNotSupported,
                      "cannot convert " + what + " to " + std::string(name_of(to)));
  }
  std::int64_t integer = 0;
  if (!to_int64(frame, decimal, integer) || integer != static_cast<Integer>(integer)) {
    return out_of_range(frame, to);
  }
  result = Value::of_integer(integer);
  return true;
}

bool read(Frame& frame, const Value* text, Value& result) {
  Decimal& decimal = frame.decimal();
  if (!read_decimal(frame, text->text, decimal)) return false;
  result = Value::of_decimal(decimal);
  return true;
}

bool print(Frame& frame, const Value& value, std::string_view& text) {
  text = print_decimal(frame, *value.decimal);
  return true;
}

constexpr Kind kNumeric = Kind::Numeric;

constexpr Function one(std::string_view name, Call call) {
  return {name, kNumeric, 1, {kNumeric}, call};
}
constexpr Function two(std::string_view name, Call call) {
  return {name, kNumeric, 2, {kNumeric, kNumeric}, call};
}
constexpr Function comparison(std::size_t number) {
  const Comparison& row = kComparisons<order>[number];
  return {row.name, Kind::Bool, 2, {kNumeric, kNumeric}, row.call};
}

constexpr Function kFunctions[] = {
    two("+", of_two<add>),
    two("-", of_two<subtract>),
    two("*", of_two<multiply>),
    two("/", of_two<divide>),
    two("%", of_two<remainder>),
    two("mod", of_two<remainder>),
    comparison(0),
    comparison(1),
    comparison(2),
    comparison(3),
    comparison(4),
    comparison(5),
    one("+", same),
    one("-", minus),
    one("@", absolute),
    one("abs", absolute),
    one("ceil", to_whole<Rounding::Ceiling>),
    one("ceiling", to_whole<Rounding::Ceiling>),
    one("floor", to_whole<Rounding::Floor>),
    one("round", to_whole<Rounding::HalfAway>),
    {"round", kNumeric, 2, {kNumeric, Kind::Int4}, round_at},
};

constexpr Cast kCasts[] = {
    {Kind::Int2, kNumeric, CastContext::Implicit, from_integer},
    {Kind::Int4, kNumeric, CastContext::Implicit, from_integer},
    {Kind::Int8, kNumeric, CastContext::Implicit, from_integer},
    {kNumeric, Kind::Int2, CastContext::Assignment, to_integer<Kind::Int2, std::int16_t>},
    {kNumeric, Kind::Int4, CastContext::Assignment, to_integer<Kind::Int4, std::int32_t>},
    {kNumeric, Kind::Int8, CastContext::Assignment, to_integer<Kind::Int8, std::int64_t>},
};

constexpr TypeRoutines kTypes[] = {{kNumeric, read, print}};

bool field_overflow(Frame& frame) {
  return frame.fail(kNumericValueOutOfRange, "numeric field overflow");
}

}  // namespace

Family decimal_family() {
  return {kFunctions, kCasts, kTypes};
}

bool fit_numeric(Frame& frame, std::int32_t modifier, bool /*is_explicit*/, Value& value) {
  if (modifier < 0 || value.is_null() || value.decimal->is_nan()) return true;
  const Decimal& decimal = *value.decimal;
  if (!decimal.is_finite()) return field_overflow(frame);
  const auto [precision, scale] = numeric_modifier(modifier);
  const Decimal* fitted = &decimal;
  if (decimal.scale() != scale) {
    Decimal& rounded = frame.decimal();
    round_to(frame, decimal, scale, Rounding::HalfAway, rounded);
    fitted = &rounded;
  }
  if (!is_within_whole_digits(frame, *fitted, precision - scale)) return field_overflow(frame);
  value = Value::of_decimal(*fitted);
  return true;
}

}  // namespace slotcast::sql
