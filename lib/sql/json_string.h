#pragma once

#include <cstddef>
#include <string_view>

// What stands between the quotes of a JSON string, and the characters it means.

namespace slotcast::sql {

// \uXXXX
inline constexpr std::size_t kJsonUnicodeBytes = 6;

// The UTF-16 code unit of the \uXXXX that `text` begins with; -1 when it does not.
int json_code_unit(std::string_view text);
inline bool is_high_surrogate(int unit) {
  return unit >= 0xD800 && unit < 0xDC00;
}
inline bool is_low_surrogate(int unit) {
  return unit >= 0xDC00 && unit < 0xE000;
}

// Returns the end of what was written, at most as many bytes as `inner` has. `inner` has been read
// by a JsonLexer that asked for characters.
char* unescape_json(std::string_view inner, char* to);

// As jsonb prints it, with its quotes.
std::size_t escaped_json_bytes(std::string_view characters);
char* escape_json(std::string_view characters, char* to);

}  // namespace slotcast::sql
