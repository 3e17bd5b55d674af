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

mpz_t& Decimal::begin(int scale) {
  form_ = Form::Finite;
  scale_ = scale;
  return digits_;
}

}  // namespace slotcast::sql
