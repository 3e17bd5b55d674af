#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

#include "lib/sink/encode/buffer.h"

namespace slotcast::kafka {

inline constexpr std::size_t kNumberBytesMax = 20;

// `before` is all that stands in front of it, as in `,"lsn":`.
template <class Number>
void append_number(sink::Buffer& out, std::string_view before, Number number) {
  out.append(before);
  char* const at = out.reserve(kNumberBytesMax);
  out.advance(std::to_chars(at, at + kNumberBytesMax, number).ptr);
}

// Whole ones, rounded towards the past.
constexpr std::int64_t millis_of_micros(std::int64_t micros) {
  return micros / 1000 - (micros % 1000 < 0 ? 1 : 0);
}

}  // namespace slotcast::kafka
