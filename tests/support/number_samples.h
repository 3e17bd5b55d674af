#pragma once

#include <random>
#include <string>

#include "lib/sql/type.h"

// Texts of numbers that are likely to show a mistake: limits, halves, many digits, denormals.

namespace slotcast::test {

class NumberSamples {
 public:
  explicit NumberSamples(std::uint64_t seed) : random_(seed) {}

  std::string of(sql::Kind kind);
  // For round() and other scales.
  std::string scale();
  // Mostly no number at all.
  std::string mutilated(sql::Kind kind);

  int between(int low, int high) { return std::uniform_int_distribution(low, high)(random_); }

 private:
  std::string integer(int bits);
  std::string decimal();
  std::string digits(int count);
  std::string number(bool is_float4);
  double number_of_bits(bool is_float4);

  std::mt19937_64 random_;
};

}  // namespace slotcast::test
