#include <cstring>

#include "lib/sql/decimal_text.h"

namespace slotcast::sql {
namespace {

// Backwards from `end`. Where the first one stands.
char* write_digits(char* end, std::uint64_t& number, std::size_t count) {
  for (; count > 0; --count) {
    *--end = static_cast<char>('0' + number % 10);
    number /= 10;
  }
  return end;
}

std::string_view print_small(Frame& frame, const Decimal& value) {
  constexpr std::size_t kWholeBytesMax = 24;  // sign, 20 digits, point
  const auto scale = static_cast<std::size_t>(value.scale());
  char* const end = frame.room(kWholeBytesMax + scale) + kWholeBytesMax + scale;
  char* at = end;
  std::uint64_t whole = value.magnitude();
  if (scale > 0) {
    at = write_digits(at, whole, scale);
    *--at = '.';
  }
  do at = write_digits(at, whole, 1);
  while (whole != 0);
  if (value.sign() < 0) *--at = '-';
  return {at, static_cast<std::size_t>(end - at)};
}

std::string_view print_large(Frame& frame, const Decimal& value) {
  const auto scale = static_cast<std::size_t>(value.scale());
  // Sign, zeros before the digits, point, and the NUL that GMP writes.
  const std::size_t room = mpz_sizeinbase(value.digits(), 10) + scale + 4;
  char* const text = frame.room(room);
  mpz_get_str(text, 10, value.digits());
  char* const digits = text + (value.sign() < 0 ? 1 : 0);
  std::size_t count = std::strlen(digits);
  if (count <= scale) {
    const std::size_t zeros = scale + 1 - count;
    std::memmove(digits + zeros, digits, count);
    std::memset(digits, '0', zeros);
    count += zeros;
  }
  char* end = digits + count;
  if (scale > 0) {
    std::memmove(end - scale + 1, end - scale, scale);
    *(end - scale) = '.';
    ++end;
  }
  const auto size = static_cast<std::size_t>(end - text);
  frame.trim(room - size);
  return {text, size};
}

}  // namespace

std::string_view print_decimal(Frame& frame, const Decimal& value) {
  switch (value.form()) {
    case Decimal::Form::NaN:
      return "NaN";
    case Decimal::Form::PlusInfinity:
      return "Infinity";
    case Decimal::Form::MinusInfinity:
      return "-Infinity";
    case Decimal::Form::Finite:
      break;
  }
  return value.is_small() ? print_small(frame, value) : print_large(frame, value);
}

}  // namespace slotcast::sql
