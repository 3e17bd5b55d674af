#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/base/bytes.h"
#include "lib/sink/encode/buffer.h"

// Avro's binary encoding of what has no parts.
// Source: Avro's specification, "Binary encoding".

namespace slotcast::kafka {

// Signs alternate, then seven bits a byte, the lowest first.
inline void append_long(sink::Buffer& out, std::int64_t value) {
  constexpr std::size_t kMost = 10;
  auto rest = static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
  char* at = out.reserve(kMost);
  for (; rest > 0x7F; rest >>= 7) *at++ = static_cast<char>((rest & 0x7F) | 0x80);
  *at++ = static_cast<char>(rest);
  out.advance(at);
}

inline void append_double(sink::Buffer& out, double value) {
  char* const at = out.reserve(sizeof value);
  store_le(reinterpret_cast<std::byte*>(at), std::bit_cast<std::uint64_t>(value));
  out.advance(at + sizeof value);
}

inline void append_float(sink::Buffer& out, float value) {
  char* const at = out.reserve(sizeof value);
  store_le(reinterpret_cast<std::byte*>(at), std::bit_cast<std::uint32_t>(value));
  out.advance(at + sizeof value);
}

inline void append_boolean(sink::Buffer& out, bool value) {
  out.append(value ? '\1' : '\0');
}

// Bytes, or a text.
inline void append_bytes(sink::Buffer& out, std::string_view bytes) {
  append_long(out, static_cast<std::int64_t>(bytes.size()));
  out.append(bytes);
}

// Which of ["null", something] follows.
inline void append_null(sink::Buffer& out) {
  out.append('\0');
}
inline void append_something(sink::Buffer& out) {
  out.append('\2');
}

}  // namespace slotcast::kafka
