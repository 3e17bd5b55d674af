#pragma once

#include <gmp.h>

#include <cstdint>
#include <string_view>

#include "lib/sink/encode/buffer.h"

// numeric and money as numbers of other programs.

namespace slotcast::kafka {

// The unscaled value of a decimal as Kafka Connect and Avro have it: two's complement, big-endian,
// in as few bytes as will do. Source: Java's BigInteger.toByteArray().
// Memory is kept when another value is set.
class UnscaledDecimal {
 public:
  UnscaledDecimal() { mpz_init(large_); }
  ~UnscaledDecimal() { mpz_clear(large_); }
  UnscaledDecimal(const UnscaledDecimal&) = delete;
  UnscaledDecimal& operator=(const UnscaledDecimal&) = delete;

  // "-12.50" with its own scale, 2. False when it is not finite.
  bool set(std::string_view number);
  // With another; false when that has no place for a digit.
  bool set(std::string_view number, int scale);
  void set(std::int64_t unscaled);

  int scale() const { return scale_; }
  // Valid until another value is set.
  std::string_view bytes() const { return bytes_.text(); }

 private:
  void set_large(bool is_negative);

  mpz_t large_;
  sink::Buffer digits_;  // without sign and point
  sink::Buffer bytes_;
  int scale_ = 0;
};

// The nearest double, or an infinity beyond them; "NaN" and "-Infinity", too. False for anything
// else.
bool read_double(std::string_view number, double& value);

// "$1,234.56", "(12,34 €)": whatever the server's lc_monetary says, in hundredths. False when there
// are not two digits behind a point or comma.
bool read_money(std::string_view text, std::int64_t& hundredths);
inline constexpr int kMoneyBytesMax = 24;
char* put_money(char* at, std::int64_t hundredths);

}  // namespace slotcast::kafka
