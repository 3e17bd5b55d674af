#include "lib/sql/utf8.h"

#include <algorithm>

namespace slotcast::sql {
namespace {

// By the leading byte alone, as PostgreSQL tells it.
std::size_t bytes_by_lead(unsigned char lead) {
  if (lead < 0xC0) return 1;
  if (lead < 0xE0) return 2;
  return lead < 0xF0 ? 3 : 4;
}

}  // namespace

std::size_t character_bytes(std::string_view text, std::size_t at) {
  return std::min(bytes_by_lead(static_cast<unsigned char>(text[at])), text.size() - at);
}

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (const char byte : text) count += continues_character(byte) ? 0 : 1;
  return count;
}

std::size_t bytes_of_characters(std::string_view text, std::uint64_t characters) {
  if (characters >= text.size()) return text.size();
  std::size_t at = 0;
  for (; characters > 0 && at < text.size(); --characters) at += character_bytes(text, at);
  return at;
}

char32_t decode_character(std::string_view text, std::size_t& at) {
  const std::size_t bytes = character_bytes(text, at);
  const auto lead = static_cast<unsigned char>(text[at]);
  // What the leading byte holds: 7 bits, then 5, 4 and 3.
  char32_t character = bytes == 1 ? lead : lead & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    character = (character << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3Fu);
  }
  at += bytes;
  return character;
}

char* encode_character(char32_t character, char* to) {
  const auto put = [&to](char32_t byte) { *to++ = static_cast<char>(byte); };
  const auto put_rest = [&](int shift) { put(0x80 | ((character >> shift) & 0x3F)); };
  if (character < 0x80) {
    put(character);
  } else if (character < 0x800) {
    put(0xC0 | (character >> 6));
    put_rest(0);
  } else if (character < 0x10000) {
    put(0xE0 | (character >> 12));
    put_rest(6);
    put_rest(0);
  } else {
    put(0xF0 | (character >> 18));
    put_rest(12);
    put_rest(6);
    put_rest(0);
  }
  return to;
}

}  // namespace slotcast::sql
