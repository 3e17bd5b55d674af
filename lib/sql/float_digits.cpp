#include "lib/sql/float_digits.h"

#include <bit>
#include <charconv>
#include <limits>
#include <type_traits>

#include "lib/sql/powers_of_ten.h"

namespace slotcast::sql {
namespace {

constexpr std::size_t kTextBytesMax = 32;
// 5^27 is the largest that 64 bits hold, and no floating-point number has more fives.
constexpr int kFivesMax = 27;

// "d.ddde+xx"
FloatDigits parse(const char* at, const char* end) {
  FloatDigits result;
  for (; *at != 'e'; ++at) {
    if (*at != '.') result.digits[static_cast<std::size_t>(result.count++)] = *at;
  }
  at += at[1] == '+' ? 2 : 1;
  std::from_chars(at, end, result.exponent);
  return result;
}

// odd * 2^power
struct Binary {
  std::uint64_t odd;
  int power;
};

bool is_equal(std::uint64_t number, int tens, Binary binary) {
  const int twos = std::countr_zero(number);
  if (twos + tens != binary.power || tens > kFivesMax || tens < -kFivesMax) return false;
  std::uint64_t fives = 1;
  for (int i = tens < 0 ? -tens : tens; i > 0; --i) fives *= 5;
  const Wide odd = number >> twos;
  return tens >= 0 ? odd * fives == binary.odd : odd == Wide{binary.odd} * fives;
}

// The digits mean a number just between `value` and the next larger or smaller one.
template <class Float>
bool is_halfway(Float value, const FloatDigits& digits) {
  using Bits = std::conditional_t<sizeof(Float) == 4, std::uint32_t, std::uint64_t>;
  constexpr int kFractionBits = std::numeric_limits<Float>::digits - 1;
  constexpr int kBias = std::numeric_limits<Float>::max_exponent - 1 + kFractionBits;
  const auto bits = std::bit_cast<Bits>(value);
  const auto fraction = std::uint64_t{bits & ((Bits{1} << kFractionBits) - 1)};
  const int raw_exponent = static_cast<int>(bits >> kFractionBits);
  if (raw_exponent == 0) return false;  // has too many digits, and so have its neighbours
  const std::uint64_t mantissa = fraction | (std::uint64_t{1} << kFractionBits);
  const int power = raw_exponent - kBias;
  std::uint64_t number = 0;
  std::from_chars(digits.text().data(), digits.text().data() + digits.count, number);
  const int tens = digits.exponent - digits.count + 1;
  // Below a power of two the numbers are twice as dense, but what lies halfway there has more
  // digits than the power itself.
  return is_equal(number, tens, {2 * mantissa + 1, power - 1}) ||
         is_equal(number, tens, {2 * mantissa - 1, power - 1});
}

template <class Float>
FloatDigits shortest(Float value) {
  if (value == 0) return {{'0'}, 1, 0};
  char text[kTextBytesMax];
  const auto scientific = std::chars_format::scientific;
  const char* end = std::to_chars(text, text + sizeof text, value, scientific).ptr;
  FloatDigits result = parse(text, end);
  for (int precision = result.count; is_halfway(value, result); ++precision) {
    end = std::to_chars(text, text + sizeof text, value, scientific, precision).ptr;
    result = parse(text, end);
  }
  return result;
}

}  // namespace

FloatDigits shortest_digits(float value) {
  return shortest(value);
}

FloatDigits shortest_digits(double value) {
  return shortest(value);
}

}  // namespace slotcast::sql
