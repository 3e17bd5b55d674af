#include "lib/sql/bytea.h"

#include <string>

#include "lib/sql/hex.h"
#include "lib/sql/utf8.h"

namespace slotcast::sql {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

bool fail_digit(Frame& frame, std::string_view text, std::size_t at) {
  const std::string digit(text.substr(at, character_bytes(text, at)));
  return frame.fail("22023", "invalid hexadecimal digit: \"" + digit + '"');
}

// Space may stand between bytes, not inside of one.
bool read_hex(Frame& frame, std::string_view text, char*& end) {
  for (std::size_t at = 0; at < text.size(); at += 2) {
    while (at < text.size() && is_space(text[at])) ++at;
    if (at == text.size()) return true;
    const int high = hex_value(text[at]);
    if (high < 0) return fail_digit(frame, text, at);
    if (at + 1 == text.size()) {
      return frame.fail("22023", "invalid hexadecimal data: odd number of digits");
    }
    const int low = hex_value(text[at + 1]);
    if (low < 0) return fail_digit(frame, text, at + 1);
    *end++ = static_cast<char>(high << 4 | low);
  }
  return true;
}

bool is_octal(char c, char last) {
  return c >= '0' && c <= last;
}

// \\ is a backslash, \ooo the byte of that octal number, any other byte itself.
bool read_escaped(Frame& frame, std::string_view text, char*& end) {
  while (!text.empty()) {
    std::size_t taken = 1;
    char byte = text[0];
    if (text.starts_with("\\\\")) {
      taken = 2;
    } else if (byte == '\\') {
      if (text.size() < 4 || !is_octal(text[1], '3') || !is_octal(text[2], '7') ||
          !is_octal(text[3], '7')) {
        return frame.fail("22P02", "invalid input syntax for type bytea");
      }
      taken = 4;
      byte = static_cast<char>((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
    }
    *end++ = byte;
    text.remove_prefix(taken);
  }
  return true;
}

}  // namespace

bool read_bytea(Frame& frame, std::string_view text, std::string_view& bytes) {
  char* const start = frame.room(text.size());
  char* end = start;
  const bool is_read = text.starts_with("\\x") ? read_hex(frame, text.substr(2), end)
                                               : read_escaped(frame, text, end);
  const auto size = static_cast<std::size_t>(end - start);
  frame.trim(text.size() - size);
  bytes = {start, size};
  return is_read;
}

std::string_view print_bytea(Frame& frame, std::string_view bytes) {
  const std::size_t size = 2 + 2 * bytes.size();
  char* const text = frame.room(size);
  char* end = text;
  *end++ = '\\';
  *end++ = 'x';
  for (const char byte : bytes) end = put_hex(static_cast<unsigned char>(byte), end);
  return {text, size};
}

}  // namespace slotcast::sql
