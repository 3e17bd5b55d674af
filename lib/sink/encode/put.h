#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

// Short copies for encoders that have made room for a whole row.

namespace slotcast::sink {

// So many bytes behind the end may be written over.
inline constexpr std::size_t kPutSlack = 16;

// Copies in steps of 16 bytes: both sides have that many to spare.
inline char* put_padded(char* at, const char* from, std::size_t size) {
  for (std::size_t done = 0; done < size; done += 16) std::memcpy(at + done, from + done, 16);
  return at + size;
}

// Copies exactly; most numbers are short.
inline char* put_exactly(char* at, std::string_view text) {
  const std::size_t size = text.size();
  const char* from = text.data();
  if (size > 16) {
    std::memcpy(at, from, size);
  } else if (size >= 8) {
    std::memcpy(at, from, 8);
    std::memcpy(at + size - 8, from + size - 8, 8);
  } else if (size >= 4) {
    std::memcpy(at, from, 4);
    std::memcpy(at + size - 4, from + size - 4, 4);
  } else {
    for (std::size_t i = 0; i < size; ++i) at[i] = from[i];
  }
  return at + size;
}

// PostgreSQL prints numbers as everybody reads them, but for NaN and the infinities.
inline bool is_plain_number(std::string_view text) {
  const char last = text.empty() ? 'x' : text.back();
  return last >= '0' && last <= '9';
}

}  // namespace slotcast::sink
