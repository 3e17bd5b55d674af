#include "lib/base/crc32c.h"

#include <array>

#if defined(__SSE4_2__)
#include <nmmintrin.h>
#endif

namespace slotcast {
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
  constexpr std::uint32_t kPolynomialReversed = 0x82F63B78u;
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? kPolynomialReversed : 0);
    table[i] = crc;
  }
  return table;
}

constexpr std::array<std::uint32_t, 256> kTable = make_table();

#if defined(__SSE4_2__)
// The instruction takes three cycles, but another can begin in each: three parts go at once, and
// are joined by what so many zero bytes would make of a checksum.
constexpr std::size_t kPartBytes = 512;

constexpr std::array<std::array<std::uint32_t, 256>, 4> make_shift_tables() {
  std::array<std::uint32_t, 32> of_bit{};
  for (std::size_t bit = 0; bit < of_bit.size(); ++bit) {
    std::uint32_t crc = 1u << bit;
    for (std::size_t i = 0; i < kPartBytes; ++i) crc = (crc >> 8) ^ kTable[crc & 0xFF];
    of_bit[bit] = crc;
  }
  std::array<std::array<std::uint32_t, 256>, 4> tables{};
  for (std::size_t byte = 0; byte < tables.size(); ++byte) {
    for (std::size_t value = 0; value < 256; ++value) {
      for (std::size_t bit = 0; bit < 8; ++bit) {
        if ((value >> bit) & 1) tables[byte][value] ^= of_bit[8 * byte + bit];
      }
    }
  }
  return tables;
}

constexpr std::array<std::array<std::uint32_t, 256>, 4> kShift = make_shift_tables();

std::uint64_t behind_a_part(std::uint64_t crc) {
  return kShift[0][crc & 0xFF] ^ kShift[1][(crc >> 8) & 0xFF] ^ kShift[2][(crc >> 16) & 0xFF] ^
         kShift[3][(crc >> 24) & 0xFF];
}

std::uint64_t load(const std::byte* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}
#endif

}  // namespace

std::uint32_t crc32c_portable(Bytes bytes, std::uint32_t before) {
  std::uint32_t crc = ~before;
  for (const std::byte byte : bytes) {
    crc = (crc >> 8) ^ kTable[(crc ^ std::to_integer<std::uint32_t>(byte)) & 0xFF];
  }
  return ~crc;
}

std::uint32_t crc32c(Bytes bytes, std::uint32_t before) {
#if defined(__SSE4_2__)
  std::uint64_t crc = ~before;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 3 * kPartBytes; left -= 3 * kPartBytes, at += 2 * kPartBytes) {
    std::uint64_t second = 0, third = 0;
    for (const std::byte* const end = at + kPartBytes; at != end; at += 8) {
      crc = _mm_crc32_u64(crc, load(at));
      second = _mm_crc32_u64(second, load(at + kPartBytes));
      third = _mm_crc32_u64(third, load(at + 2 * kPartBytes));
    }
    crc = behind_a_part(behind_a_part(crc) ^ second) ^ third;
  }
  for (; left >= 8; left -= 8, at += 8) crc = _mm_crc32_u64(crc, load(at));
  auto narrow = static_cast<std::uint32_t>(crc);
  for (; left > 0; --left, ++at) {
    narrow = _mm_crc32_u8(narrow, std::to_integer<unsigned char>(*at));
  }
  return ~narrow;
#else
  return crc32c_portable(bytes, before);
#endif
}

}  // namespace slotcast
