#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// UTF-8, the encoding of every text here. Texts from the server and from expressions are valid;
// one that is not gives some result, and nothing outside of it is read.

namespace slotcast::sql {

inline bool continues_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

// Bytes of the character that begins at `at`, which is inside the text.
std::size_t character_bytes(std::string_view text, std::size_t at);
std::size_t count_characters(std::string_view text);
// Bytes of the first `characters` of the text, or of all of it.
std::size_t bytes_of_characters(std::string_view text, std::uint64_t characters);

// The code point that begins at `at`; moves `at` behind it.
char32_t decode_character(std::string_view text, std::size_t& at);
inline constexpr std::size_t kCharacterBytesMax = 4;
// Returns the end of what was written.
char* encode_character(char32_t character, char* to);

}  // namespace slotcast::sql
