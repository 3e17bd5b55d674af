#include "lib/sql/float_casts.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "lib/sql/decimal_text.h"
#include "lib/sql/float_text.h"
#include "lib/sql/number_error.h"

namespace slotcast::sql {
namespace {

template <class Float>
bool from_integer(Frame&, const Value* arguments, Value& result) {
  result = Value::of_number(static_cast<Float>(arguments[0].integer));
  return true;
}

template <Kind to, class Integer>
bool to_integer(Frame& frame, const Value* arguments, Value& result) {
  constexpr auto kMin = static_cast<double>(std::numeric_limits<Integer>::min());
  const double rounded = std::rint(arguments[0].number);  // half to even
  // The largest integer may be no double; one more, which is minus the smallest, always is.
  if (!(rounded >= kMin && rounded < -kMin)) return out_of_range(frame, to);
  result = Value::of_integer(static_cast<std::int64_t>(rounded));
  return true;
}

// Exact quotients are rounded once, as reading the text would.
template <class Float>
bool is_exact_quotient(const Decimal& decimal) {
  constexpr std::uint64_t kExactMax = std::uint64_t{1} << std::numeric_limits<Float>::digits;
  constexpr int kExactTensMax = sizeof(Float) == 4 ? 10 : kTensMax;
  return decimal.is_small() && decimal.magnitude() <= kExactMax && decimal.scale() <= kExactTensMax;
}

// As the server does: it prints the one and reads the other.
template <class Float>
bool from_decimal(Frame& frame, const Value* arguments, Value& result) {
  const Decimal& decimal = *arguments[0].decimal;
  Float number = 0;
  if (is_exact_quotient<Float>(decimal)) {
    number = static_cast<Float>(decimal.magnitude()) / static_cast<Float>(ten_to(decimal.scale()));
    if (decimal.sign() < 0) number = -number;
  } else if (!read_float(frame, print_decimal(frame, decimal), number)) {
    return false;
  }
  result = Value::of_number(number);
  return true;
}

template <class Float>
bool to_decimal(Frame& frame, const Value* arguments, Value& result) {
  Decimal& decimal = frame.decimal();
  result = Value::of_decimal(decimal);
  const double number = arguments[0].number;
  if (std::isnan(number)) {
    decimal.set(Decimal::Form::NaN);
    return true;
  }
  if (std::isinf(number)) {
    decimal.set(number > 0 ? Decimal::Form::PlusInfinity : Decimal::Form::MinusInfinity);
    return true;
  }
  char text[32];
  const char* const end =
      std::to_chars(text, text + sizeof text, number, std::chars_format::general,
                    std::numeric_limits<Float>::digits10)
          .ptr;
  return read_decimal(frame, {text, static_cast<std::size_t>(end - text)}, decimal);
}

bool to_float4(Frame& frame, const Value* arguments, Value& result) {
  const double number = arguments[0].number;
  const auto narrow = static_cast<float>(number);
  if (std::isinf(narrow) && !std::isinf(number)) return float_overflow(frame);
  if (narrow == 0 && number != 0) return float_underflow(frame);
  result = Value::of_number(narrow);
  return true;
}

constexpr CastContext kImplicit = CastContext::Implicit;
constexpr CastContext kAssignment = CastContext::Assignment;

constexpr Cast kCasts[] = {
    {Kind::Int2, Kind::Float4, kImplicit, from_integer<float>},
    {Kind::Int4, Kind::Float4, kImplicit, from_integer<float>},
    {Kind::Int8, Kind::Float4, kImplicit, from_integer<float>},
    {Kind::Int2, Kind::Float8, kImplicit, from_integer<double>},
    {Kind::Int4, Kind::Float8, kImplicit, from_integer<double>},
    {Kind::Int8, Kind::Float8, kImplicit, from_integer<double>},
    {Kind::Float4, Kind::Int2, kAssignment, to_integer<Kind::Int2, std::int16_t>},
    {Kind::Float4, Kind::Int4, kAssignment, to_integer<Kind::Int4, std::int32_t>},
    {Kind::Float4, Kind::Int8, kAssignment, to_integer<Kind::Int8, std::int64_t>},
    {Kind::Float8, Kind::Int2, kAssignment, to_integer<Kind::Int2, std::int16_t>},
    {Kind::Float8, Kind::Int4, kAssignment, to_integer<Kind::Int4, std::int32_t>},
    {Kind::Float8, Kind::Int8, kAssignment, to_integer<Kind::Int8, std::int64_t>},
    {Kind::Numeric, Kind::Float4, kImplicit, from_decimal<float>},
    {Kind::Numeric, Kind::Float8, kImplicit, from_decimal<double>},
    {Kind::Float4, Kind::Numeric, kAssignment, to_decimal<float>},
    {Kind::Float8, Kind::Numeric, kAssignment, to_decimal<double>},
    {Kind::Float4, Kind::Float8, kImplicit, nullptr},
    {Kind::Float8, Kind::Float4, kAssignment, to_float4},
};

}  // namespace

std::span<const Cast> float_casts() {
  return kCasts;
}

}  // namespace slotcast::sql
