#include "lib/sql/json_string.h"

#include "lib/sql/hex.h"
#include "lib/sql/utf8.h"

namespace slotcast::sql {
namespace {

// The letters of the escapes that have one, and what they stand for.
constexpr std::string_view kLetters = "\"\\/bfnrt";
constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";

char* unescape_unicode(std::string_view& inner, char* to) {
  const int unit = json_code_unit(inner);
  if (unit < 0) {
    inner = {};
    return to;
  }
  inner.remove_prefix(kJsonUnicodeBytes);
  auto character = static_cast<char32_t>(unit);
  if (is_high_surrogate(unit)) {
    const int low = json_code_unit(inner);
    if (is_low_surrogate(low)) {
      character = 0x10000 + ((character - 0xD800) << 10) + static_cast<char32_t>(low - 0xDC00);
      inner.remove_prefix(kJsonUnicodeBytes);
    }
  }
  return encode_character(character, to);
}

// The letter that stands for it behind a backslash, or 0. A slash needs none.
char escape_letter(char c) {
  if (static_cast<unsigned char>(c) >= ' ' && c != '"' && c != '\\') return 0;
  const std::size_t at = kMeanings.find(c);
  return at == std::string_view::npos ? 'u' : kLetters[at];
}

}  // namespace

int json_code_unit(std::string_view text) {
  if (text.size() < kJsonUnicodeBytes || !text.starts_with("\\u")) return -1;
  int unit = 0;
  for (std::size_t i = 2; i < kJsonUnicodeBytes; ++i) {
    const int digit = hex_value(text[i]);
    if (digit < 0) return -1;
    unit = unit << 4 | digit;
  }
  return unit;
}

char* unescape_json(std::string_view inner, char* to) {
  while (true) {
    const std::size_t plain = inner.substr(0, inner.find('\\')).copy(to, inner.size());
    to += plain;
    inner.remove_prefix(plain);
    if (inner.size() < 2) return to;
    if (inner[1] == 'u') {
      to = unescape_unicode(inner, to);
      continue;
    }
    const std::size_t letter = kLetters.find(inner[1]);
    *to++ = letter == std::string_view::npos ? inner[1] : kMeanings[letter];
    inner.remove_prefix(2);
  }
}

std::size_t escaped_json_bytes(std::string_view characters) {
  std::size_t bytes = 2 + characters.size();
  for (const char c : characters) {
    const char letter = escape_letter(c);
    if (letter != 0) bytes += letter == 'u' ? kJsonUnicodeBytes - 1 : 1;
  }
  return bytes;
}

char* escape_json(std::string_view characters, char* to) {
  *to++ = '"';
  for (const char c : characters) {
    const char letter = escape_letter(c);
    if (letter == 0) {
      *to++ = c;
      continue;
    }
    *to++ = '\\';
    *to++ = letter;
    if (letter != 'u') continue;
    *to++ = '0';
    *to++ = '0';
    to = put_hex(static_cast<unsigned char>(c), to);
  }
  *to++ = '"';
  return to;
}

}  // namespace slotcast::sql
