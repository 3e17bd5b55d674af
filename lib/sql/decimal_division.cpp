#include "lib/sql/decimal_division.h"

#include <algorithm>

#include "lib/sql/decimal_rounding.h"

namespace slotcast::sql {
namespace {

constexpr int kSignificantDigits = 16;
constexpr int kQuotientScaleMax = 1000;
// PostgreSQL keeps digits of base 10,000, aligned at the point, and estimates with them.
constexpr int kGroupDigits = 4;

struct LeadingGroup {
  int weight = 0;  // the group is worth value * 10,000^weight
  std::uint64_t value = 0;
};

// More digits than any group has, so that what they are taken from need not be counted exactly.
constexpr int kLeadingDigits = 6;

LeadingGroup leading_group(Frame& frame, const Decimal& value) {
  if (value.sign() == 0) return {};
  std::uint64_t leading = value.magnitude();
  int dropped = 0;
  if (!value.is_small()) {
    dropped = static_cast<int>(mpz_sizeinbase(value.digits(), 10)) - kLeadingDigits;
    mpz_t& divisor = frame.decimal().begin(0);
    mpz_ui_pow_ui(divisor, 10, static_cast<unsigned long>(dropped));
    mpz_tdiv_q(divisor, value.digits(), divisor);
    leading = mpz_get_ui(divisor);  // of the magnitude
  }
  const int count = digits_of(leading);
  const int position = count + dropped - value.scale() - 1;  // of the first digit; 0 for ones
  const int weight =
      position >= 0 ? position / kGroupDigits : (position - kGroupDigits + 1) / kGroupDigits;
  const int group_digits = position - weight * kGroupDigits + 1;
  return {weight, count >= group_digits ? leading / ten_to(count - group_digits)
                                        : leading * ten_to(group_digits - count)};
}

int quotient_scale(Frame& frame, const Decimal& left, const Decimal& right) {
  const LeadingGroup first = leading_group(frame, left);
  const LeadingGroup second = leading_group(frame, right);
  const int weight = first.weight - second.weight - (first.value <= second.value ? 1 : 0);
  const int scale = kSignificantDigits - weight * kGroupDigits;
  return std::min(std::max({scale, left.scale(), right.scale()}), kQuotientScaleMax);
}

// False when the numbers are too large for it.
bool divide_wide(const Decimal& left, const Decimal& right, int shift, int scale, Decimal& result) {
  if (!left.is_small() || !right.is_small() || shift < 0 || shift > kWideTensMax) return false;
  Wide numerator = 0;
  if (__builtin_mul_overflow(Wide{left.magnitude()}, wide_ten_to(shift), &numerator)) return false;
  const Wide divisor = right.magnitude();
  const Wide rest = numerator % divisor;
  const Wide quotient = numerator / divisor + (rest >= divisor - rest ? 1 : 0);
  result.set(left.sign() * right.sign() < 0, quotient, scale);
  return true;
}

}  // namespace

void divide_finite(Frame& frame, const Decimal& left, const Decimal& right, Decimal& result) {
  const int scale = quotient_scale(frame, left, right);
  // Of the numerator, so that the quotient of the digits has that scale.
  const int shift = scale + right.scale() - left.scale();
  if (divide_wide(left, right, shift, scale, result)) return;
  mpz_t& shifted = frame.decimal().begin(0);
  if (shift >= 0) {
    shift_up(frame, left.digits(), shift, shifted);
    divide_rounded(frame, shifted, right.digits(), scale, result);
  } else {
    shift_up(frame, right.digits(), -shift, shifted);
    divide_rounded(frame, left.digits(), shifted, scale, result);
  }
}

}  // namespace slotcast::sql
