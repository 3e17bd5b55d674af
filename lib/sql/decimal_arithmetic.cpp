#include "lib/sql/decimal_arithmetic.h"

#include <algorithm>
#include <cstdlib>

#include "lib/sql/decimal_division.h"
#include "lib/sql/decimal_rounding.h"
#include "lib/sql/number_error.h"

namespace slotcast::sql {
namespace {

using Form = Decimal::Form;
using SignedWide = __int128;

void set_signed(SignedWide value, int scale, Decimal& result) {
  result.set(value < 0, static_cast<Wide>(value < 0 ? -value : value), scale);
}

SignedWide signed_wide(const Decimal& value, int scale) {
  const auto wide =
      static_cast<SignedWide>(Wide{value.magnitude()} * ten_to(scale - value.scale()));
  return value.sign() < 0 ? -wide : wide;
}

// Both brought to the same scale are below 2 * 10^37: their sum fits in 127 bits, too.
bool fit_wide(const Decimal& left, const Decimal& right) {
  return left.is_small() && right.is_small() && std::abs(left.scale() - right.scale()) < kTensMax;
}

mpz_srcptr digits_at(Frame& frame, const Decimal& value, int scale) {
  if (value.scale() == scale) return value.digits();
  mpz_t& digits = frame.decimal().begin(scale);
  shift_up(frame, value.digits(), scale - value.scale(), digits);
  return digits;
}

bool within_limits(Frame& frame, const Decimal& value) {
  return is_within_whole_digits(frame, value, kWholeDigitsMax) || numeric_overflow(frame);
}

Form infinity(int sign) {
  return sign == 0 ? Form::NaN : sign > 0 ? Form::PlusInfinity : Form::MinusInfinity;
}

bool are_finite(const Decimal& left, const Decimal& right) {
  return left.is_finite() && right.is_finite();
}

// The sum of two of which one is not finite; `right_sign` is -1 for a difference.
Form special_sum(const Decimal& left, const Decimal& right, int right_sign) {
  if (left.is_nan() || right.is_nan()) return Form::NaN;
  const Form other = infinity(right.sign() * right_sign);
  if (left.is_finite()) return other;
  return right.is_finite() || other == left.form() ? left.form() : Form::NaN;
}

}  // namespace

bool add(Frame& frame, const Decimal& left, const Decimal& right, Decimal& result) {
  if (!are_finite(left, right)) {
    result.set(special_sum(left, right, 1));
    return true;
  }
  const int scale = std::max(left.scale(), right.scale());
  if (fit_wide(left, right)) {
    set_signed(signed_wide(left, scale) + signed_wide(right, scale), scale, result);
    return true;
  }
  mpz_add(result.begin(scale), digits_at(frame, left, scale), digits_at(frame, right, scale));
  return within_limits(frame, result);
}

bool subtract(Frame& frame, const Decimal& left, const Decimal& right, Decimal& result) {
  if (!are_finite(left, right)) {
    result.set(special_sum(left, right, -1));
    return true;
  }
  const int scale = std::max(left.scale(), right.scale());
  if (fit_wide(left, right)) {
    set_signed(signed_wide(left, scale) - signed_wide(right, scale), scale, result);
    return true;
  }
  mpz_sub(result.begin(scale), digits_at(frame, left, scale), digits_at(frame, right, scale));
  return within_limits(frame, result);
}

bool multiply(Frame& frame, const Decimal& left, const Decimal& right, Decimal& result) {
  if (!are_finite(left, right)) {
    const bool is_nan = left.is_nan() || right.is_nan();
    result.set(is_nan ? Form::NaN : infinity(left.sign() * right.sign()));
    return true;
  }
  const int scale = left.scale() + right.scale();
  if (left.is_small() && right.is_small() && scale <= kScaleMax) {
    result.set(left.sign() * right.sign() < 0, Wide{left.magnitude()} * right.magnitude(), scale);
    return true;
  }
  if (scale <= kScaleMax) {
    mpz_mul(result.begin(scale), left.digits(), right.digits());
  } else {
    Decimal& exact = frame.decimal();
    mpz_mul(exact.begin(scale), left.digits(), right.digits());
    round_to(frame, exact, kScaleMax, Rounding::HalfAway, result);
  }
  return within_limits(frame, result);
}

bool divide(Frame& frame, const Decimal& left, const Decimal& right, Decimal& result) {
  if (left.is_nan() || right.is_nan()) {
    result.set(Form::NaN);
  } else if (!left.is_finite()) {
    if (right.sign() == 0) return division_by_zero(frame);
    result.set(right.is_finite() ? infinity(left.sign() * right.sign()) : Form::NaN);
  } else if (!right.is_finite()) {
    result.set(std::int64_t{0});
  } else {
    if (right.sign() == 0) return division_by_zero(frame);
    divide_finite(frame, left, right, result);
    return within_limits(frame, result);
  }
  return true;
}

bool remainder(Frame& frame, const Decimal& left, const Decimal& right, Decimal& result) {
  if (left.is_nan() || right.is_nan()) {
    result.set(Form::NaN);
    return true;
  }
  if (right.sign() == 0) return division_by_zero(frame);
  if (!left.is_finite()) {
    result.set(Form::NaN);
    return true;
  }
  if (!right.is_finite()) {
    result.set(left);
    return true;
  }
  const int scale = std::max(left.scale(), right.scale());
  if (fit_wide(left, right)) {
    set_signed(signed_wide(left, scale) % signed_wide(right, scale), scale, result);
  } else {
    mpz_tdiv_r(result.begin(scale), digits_at(frame, left, scale), digits_at(frame, right, scale));
  }
  return true;
}

void negate(const Decimal& value, Decimal& result) {
  if (value.is_finite()) {
    mpz_neg(result.begin(value.scale()), value.digits());
  } else {
    result.set(infinity(-value.sign()));
  }
}

int compare(Frame& frame, const Decimal& left, const Decimal& right) {
  if (!are_finite(left, right)) {
    const auto rank = [](const Decimal& value) {
      return value.is_nan() ? 2 : value.is_finite() ? 0 : value.sign();
    };
    return rank(left) - rank(right);
  }
  if (left.sign() != right.sign()) return left.sign() - right.sign();
  const int scale = std::max(left.scale(), right.scale());
  if (fit_wide(left, right)) {
    const SignedWide difference = signed_wide(left, scale) - signed_wide(right, scale);
    return difference < 0 ? -1 : difference > 0 ? 1 : 0;
  }
  return mpz_cmp(digits_at(frame, left, scale), digits_at(frame, right, scale));
}

bool is_within_whole_digits(Frame& frame, const Decimal& value, int whole_digits) {
  const int digits = whole_digits + value.scale();
  if (value.sign() == 0) return true;
  if (digits < 0) return false;
  if (value.is_small()) return digits > kTensMax || value.magnitude() < ten_to(digits);
  // log10(2) lies between 0.30102 and 0.30103.
  const auto bits = static_cast<std::int64_t>(mpz_sizeinbase(value.digits(), 2));
  if (bits * 30103 <= std::int64_t{digits} * 100000) return true;
  if ((bits - 1) * 30102 >= std::int64_t{digits} * 100000) return false;
  mpz_t& limit = frame.decimal().begin(0);
  mpz_ui_pow_ui(limit, 10, static_cast<unsigned long>(digits));
  return mpz_cmpabs(value.digits(), limit) < 0;
}

}  // namespace slotcast::sql
