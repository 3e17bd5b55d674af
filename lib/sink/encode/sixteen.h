#pragma once

#if defined(__SSE2__)
#include <emmintrin.h>

#include <cstddef>
#include <cstring>

// Sixteen bytes of a text at once.

namespace slotcast::sink {

inline __m128i load_sixteen(const char* at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}
inline void store_sixteen(char* at, __m128i bytes) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(at), bytes);
}

// The last bytes of a text, fewer than 16 and at least one; the rest is letters. Nothing behind the
// text is read.
inline __m128i load_last(const char* at, std::size_t count) {
  alignas(16) char bytes[16];
  std::memset(bytes, 'x', sizeof bytes);
  if (count >= 8) {
    std::memcpy(bytes + count - 8, at + count - 8, 8);
    std::memcpy(bytes, at, 8);
  } else if (count >= 4) {
    std::memcpy(bytes + count - 4, at + count - 4, 4);
    std::memcpy(bytes, at, 4);
  } else {
    bytes[0] = at[0];
    bytes[count / 2] = at[count / 2];
    bytes[count - 1] = at[count - 1];
  }
  return _mm_load_si128(reinterpret_cast<const __m128i*>(bytes));
}

}  // namespace slotcast::sink
#endif
