#pragma once

#include <gmp.h>

#include <cstdint>
#include <string_view>

// PostgreSQL's numeric: an exact decimal with a display scale, NaN or an infinity.
// Source: PostgreSQL documentation, section "Arbitrary Precision Numbers".

namespace slotcast::sql {

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
  int scale() const { return scale_; }
  const mpz_t& digits() const { return digits_; }

  void set(Form form);  // not Finite
  void set(std::int64_t integer);
  void set(const Decimal& other);
  // To be filled by the caller, then finite with that scale.
  mpz_t& begin(int scale);

 private:
  mpz_t digits_;
  int scale_ = 0;  // of the display, 0 to 16383
  Form form_ = Form::Finite;
};

}  // namespace slotcast::sql
