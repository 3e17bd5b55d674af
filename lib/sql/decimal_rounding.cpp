#include "lib/sql/decimal_rounding.h"

namespace slotcast::sql {
namespace {

mpz_t& power_of_ten(Frame& frame, int power) {
  mpz_t& tens = frame.decimal().begin(0);
  mpz_ui_pow_ui(tens, 10, static_cast<unsigned long>(power));
  return tens;
}

bool rounds_up(std::uint64_t rest, std::uint64_t divisor, bool is_negative, Rounding rounding) {
  switch (rounding) {
    case Rounding::HalfAway:
      return rest >= divisor - rest;
    case Rounding::Floor:
      return rest != 0 && is_negative;
    case Rounding::Ceiling:
      return rest != 0 && !is_negative;
  }
  return false;
}

// The magnitude without its last `dropped` digits.
std::uint64_t small_quotient(const Decimal& value, int dropped, Rounding rounding) {
  const bool is_negative = value.sign() < 0;
  if (dropped > kTensMax) {  // no magnitude is half of 10^20
    const bool is_one = value.sign() != 0 && rounding != Rounding::HalfAway;
    return is_one && (rounding == Rounding::Floor) == is_negative ? 1 : 0;
  }
  const std::uint64_t divisor = ten_to(dropped);
  const std::uint64_t quotient = value.magnitude() / divisor;
  const std::uint64_t rest = value.magnitude() % divisor;
  return quotient + (rounds_up(rest, divisor, is_negative, rounding) ? 1 : 0);
}

void drop_digits(Frame& frame, const Decimal& value, int dropped, int scale, Rounding rounding,
                 Decimal& result) {
  if (value.is_small()) {
    result.set(value.sign() < 0, small_quotient(value, dropped, rounding), scale);
    return;
  }
  mpz_t& divisor = power_of_ten(frame, dropped);
  switch (rounding) {
    case Rounding::HalfAway:
      divide_rounded(frame, value.digits(), divisor, scale, result);
      return;
    case Rounding::Floor:
      mpz_fdiv_q(result.begin(scale), value.digits(), divisor);
      return;
    case Rounding::Ceiling:
      mpz_cdiv_q(result.begin(scale), value.digits(), divisor);
      return;
  }
}

}  // namespace

void shift_up(Frame& frame, mpz_srcptr value, int power, mpz_ptr result) {
  if (power <= kTensMax) {
    mpz_mul_ui(result, value, ten_to(power));
  } else {
    mpz_mul(result, value, power_of_ten(frame, power));
  }
}

void round_to(Frame& frame, const Decimal& value, int scale, Rounding rounding, Decimal& result) {
  const int dropped = value.scale() - scale;
  if (dropped > 0) {
    const int display_scale = scale > 0 ? scale : 0;
    drop_digits(frame, value, dropped, display_scale, rounding, result);
    if (scale < 0 && result.sign() != 0) {
      mpz_t& digits = result.begin(0);
      shift_up(frame, digits, -scale, digits);
    }
  } else if (dropped == 0) {
    result.set(value);
  } else if (value.is_small() && -dropped <= kTensMax) {
    result.set(value.sign() < 0, Wide{value.magnitude()} * ten_to(-dropped), scale);
  } else {
    shift_up(frame, value.digits(), -dropped, result.begin(scale));
  }
}

void divide_rounded(Frame& frame, mpz_srcptr numerator, mpz_srcptr divisor, int scale,
                    Decimal& result) {
  const int sign = mpz_sgn(numerator) * mpz_sgn(divisor);
  mpz_t& rest = frame.decimal().begin(0);
  mpz_t& quotient = result.begin(scale);
  mpz_tdiv_qr(quotient, rest, numerator, divisor);
  mpz_mul_2exp(rest, rest, 1);
  if (mpz_cmpabs(rest, divisor) < 0) return;
  if (sign > 0) {
    mpz_add_ui(quotient, quotient, 1);
  } else {
    mpz_sub_ui(quotient, quotient, 1);
  }
}

bool to_int64(Frame& frame, const Decimal& value, std::int64_t& integer) {
  Decimal& rounded = frame.decimal();
  round_to(frame, value, 0, Rounding::HalfAway, rounded);
  if (mpz_fits_slong_p(rounded.digits()) == 0) return false;
  integer = mpz_get_si(rounded.digits());
  return true;
}

}  // namespace slotcast::sql
