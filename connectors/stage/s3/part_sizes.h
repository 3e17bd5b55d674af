#pragma once

#include <cstdint>

// S3's limits: 10,000 parts of at least 5 MiB (but for the last one), 5 TiB in all.

namespace slotcast::stage::s3 {

inline constexpr int kPartsMax = 10'000;
inline constexpr std::uint64_t kPartBytesMin = 5ull << 20;
inline constexpr std::uint64_t kObjectBytesMax = 5ull << 40;

inline constexpr int kEqualParts = 1000;
inline constexpr std::uint64_t kFirstPartBytes = 16ull << 20;

// How large part `number`, from 1, is made: 16 MiB a thousand times, then 16 MiB more every 120
// parts. So a file of sixteen gigabytes needs no more memory than a small one, and one of 5 TiB
// still fits.
constexpr std::uint64_t part_bytes(int number) {
  const int further = number > kEqualParts ? number - kEqualParts : 0;
  return kFirstPartBytes * (1 + static_cast<std::uint64_t>(further) / 120);
}

}  // namespace slotcast::stage::s3
