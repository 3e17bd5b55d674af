#include <charconv>
#include <cmath>
#include <cstring>

#include "lib/sql/float_digits.h"
#include "lib/sql/float_text.h"

namespace slotcast::sql {
namespace {

// Smaller and larger exponents are printed as such.
constexpr int kPlainExponentMin = -4;

char* put(char* at, std::string_view text) {
  std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

char* put_zeros(char* at, int count) {
  std::memset(at, '0', static_cast<std::size_t>(count));
  return at + count;
}

char* put_plain(char* at, const FloatDigits& digits) {
  const int whole_digits = digits.exponent + 1;
  if (whole_digits <= 0) {
    at = put_zeros(put(at, "0."), -whole_digits);
    return put(at, digits.text());
  }
  if (whole_digits >= digits.count) {
    return put_zeros(put(at, digits.text()), whole_digits - digits.count);
  }
  at = put(at, digits.text().substr(0, static_cast<std::size_t>(whole_digits)));
  *at++ = '.';
  return put(at, digits.text().substr(static_cast<std::size_t>(whole_digits)));
}

char* put_scientific(char* at, const FloatDigits& digits) {
  *at++ = digits.digits[0];
  if (digits.count > 1) {
    *at++ = '.';
    at = put(at, digits.text().substr(1));
  }
  *at++ = 'e';
  *at++ = digits.exponent < 0 ? '-' : '+';
  const int exponent = digits.exponent < 0 ? -digits.exponent : digits.exponent;
  if (exponent < 10) *at++ = '0';
  return std::to_chars(at, at + 3, exponent).ptr;
}

template <class Float>
std::string_view print(Frame& frame, Float value, int plain_exponents_end) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  constexpr std::size_t kBytesMax = 32;
  char* const text = frame.room(kBytesMax);
  char* at = text;
  if (std::signbit(value)) *at++ = '-';
  const FloatDigits digits = shortest_digits(std::abs(value));
  const bool is_plain =
      digits.exponent >= kPlainExponentMin && digits.exponent < plain_exponents_end;
  at = is_plain ? put_plain(at, digits) : put_scientific(at, digits);
  const auto size = static_cast<std::size_t>(at - text);
  frame.trim(kBytesMax - size);
  return {text, size};
}

}  // namespace

std::string_view print_float(Frame& frame, float value) {
  return print(frame, value, 6);
}

std::string_view print_float(Frame& frame, double value) {
  return print(frame, value, 15);
}

}  // namespace slotcast::sql
