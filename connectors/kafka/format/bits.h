#pragma once

#include <cstddef>
#include <string_view>

namespace slotcast::kafka {

constexpr std::size_t bytes_of_bits(std::size_t bits) {
  return (bits + 7) / 8;
}
// "10100000001": the last bit is the lowest one of the first byte. Returns the end, or null when it
// is no text of bits.
char* put_bits(char* at, std::string_view text);

}  // namespace slotcast::kafka
