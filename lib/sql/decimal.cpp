#include "lib/sql/decimal.h"

namespace slotcast::sql {

void Decimal::set(Form form) {
  form_ = form;
  scale_ = 0;
}

void Decimal::set(std::int64_t integer) {
  form_ = Form::Finite;
  scale_ = 0;
  mpz_set_si(digits_, integer);
}

void Decimal::set(const Decimal& other) {
  form_ = other.form_;
  scale_ = other.scale_;
  if (form_ == Form::Finite) mpz_set(digits_, other.digits_);
}

void Decimal::set(bool is_negative, std::uint64_t magnitude, int scale) {
  form_ = Form::Finite;
  scale_ = scale;
  mpz_set_ui(digits_, magnitude);
  if (is_negative) mpz_neg(digits_, digits_);
}

void Decimal::set(bool is_negative, Wide magnitude, int scale) {
  const auto high = static_cast<std::uint64_t>(magnitude >> 64);
  const auto low = static_cast<std::uint64_t>(magnitude);
  if (high == 0) {
    set(is_negative, low, scale);
    return;
  }
  form_ = Form::Finite;
  scale_ = scale;
  mp_limb_t* limbs = mpz_limbs_write(digits_, 2);
  limbs[0] = low;
  limbs[1] = high;
  mpz_limbs_finish(digits_, is_negative ? -2 : 2);
}

mpz_t& Decimal::begin(int scale) {
  form_ = Form::Finite;
  scale_ = scale;
  return digits_;
}

}  // namespace slotcast::sql
