#pragma once

#include <array>
#include <cstdint>

namespace slotcast::sql {

using Wide = unsigned __int128;

// 10^0 to the largest power that the type holds.
template <class Integer, int kCount>
inline constexpr std::array<Integer, kCount> kPowersOfTen = [] {
  std::array<Integer, kCount> powers{1};
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

inline constexpr int kTensMax = 19;
inline constexpr int kWideTensMax = 38;

inline std::uint64_t ten_to(int exponent) {
  return kPowersOfTen<std::uint64_t, kTensMax + 1>[static_cast<std::size_t>(exponent)];
}
inline Wide wide_ten_to(int exponent) {
  return kPowersOfTen<Wide, kWideTensMax + 1>[static_cast<std::size_t>(exponent)];
}

// How many decimal digits; 1 for 0.
inline int digits_of(std::uint64_t number) {
  // 1233 / 4096 is close enough to log10(2).
  const int bits = 64 - __builtin_clzll(number | 1);
  const int guess = (bits * 1233) >> 12;
  return guess + (number >= ten_to(guess) || number == 0 ? 1 : 0);
}

}  // namespace slotcast::sql
