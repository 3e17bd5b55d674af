#pragma once

#include <cstddef>
#include <string_view>

// Bytes as text (RFC 4648, section 4), and bytea's digits as bytes.

namespace slotcast::kafka {

constexpr std::size_t base64_bytes(std::size_t bytes) {
  return (bytes + 2) / 3 * 4;
}

// Return the end of what they wrote.
char* put_base64(char* at, std::string_view bytes);
// Of an even number of hexadecimal digits; null when they are none. `bytes` may begin where
// `digits` do.
char* put_bytes_of_hex(char* at, std::string_view digits);
char* put_base64_of_hex(char* at, std::string_view digits);

}  // namespace slotcast::kafka
