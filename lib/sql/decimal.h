#pragma once

#include <gmp.h>

#include <cstdint>
#include <string_view>

#include "lib/sql/powers_of_ten.h"

// PostgreSQL's numeric: an exact decimal with a display scale, NaN or an infinity.
// Source: PostgreSQL documentation, section "Arbitrary Precision Numbers".

namespace slotcast::sql {

static_assert(GMP_NUMB_BITS == 64);

// value = digits / 10^scale. Memory is kept when another value is set.
class Decimal {
 public:
  enum class Form : std::uint8_t { Finite, NaN, PlusInfinity, MinusInfinity };

  Decimal() { mpz_init(digits_); }
  ~Decimal() { mpz_clear(digits_); }
  Decimal(const Decimal&) = delete;
  Decimal& operator=(const Decimal&) = delete;

  Form form() const { return form_; }
  bool is_finite() const { return form_ == Form::Finite; }
  bool is_nan() const { return form_ == Form::NaN; }
  int scale() const { return scale_; }
  const mpz_t& digits() const { return digits_; }
  // -1, 0 or 1; of an infinity too. Of NaN 0.
  int sign() const {
    if (is_finite()) return mpz_sgn(digits_);
    return form_ == Form::PlusInfinity ? 1 : form_ == Form::MinusInfinity ? -1 : 0;
  }
  // Finite, and its digits without sign are magnitude(): most numbers are, and need no GMP.
  bool is_small() const { return is_finite() && mpz_size(digits_) <= 1; }
  std::uint64_t magnitude() const { return mpz_getlimbn(digits_, 0); }

  void set(Form form);  // not Finite
  void set(std::int64_t integer);
  void set(const Decimal& other);
  void set(bool is_negative, std::uint64_t magnitude, int scale);
  void set(bool is_negative, Wide magnitude, int scale);
  // To be filled by the caller, then finite with that scale.
  mpz_t& begin(int scale);

 private:
  mpz_t digits_;
  int scale_ = 0;  // of the display, 0 to 16383
  Form form_ = Form::Finite;
};

}  // namespace slotcast::sql
