#include "lib/sql/uuid.h"

#include <array>
#include <string>

#include "lib/sql/hex.h"

namespace slotcast::sql {
namespace {

constexpr std::size_t kDigits = 32;
constexpr std::size_t kPrintedBytes = 36;

bool has_hyphen_before(std::size_t digit) {
  return digit == 8 || digit == 12 || digit == 16 || digit == 20;
}

bool is_printed_form(std::string_view text) {
  if (text.size() != kPrintedBytes) return false;
  std::size_t at = 0;
  for (std::size_t digit = 0; digit < kDigits; ++digit) {
    if (has_hyphen_before(digit) && text[at++] != '-') return false;
    const char c = text[at++];
    if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) return false;
  }
  return true;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

bool read_digits(std::string_view text, std::array<int, kDigits>& digits) {
  const bool has_brace = take(text, '{');
  for (std::size_t i = 0; i < kDigits; ++i) {
    if (text.empty() || (digits[i] = hex_value(text[0])) < 0) return false;
    text.remove_prefix(1);
    if (i % 4 == 3 && i + 1 < kDigits) take(text, '-');
  }
  return (!has_brace || take(text, '}')) && text.empty();
}

}  // namespace

bool read_uuid(Frame& frame, std::string_view text, std::string_view& uuid) {
  uuid = text;
  if (is_printed_form(text)) return true;
  std::array<int, kDigits> digits{};
  if (!read_digits(text, digits)) {
    return frame.fail("22P02", "invalid input syntax for type uuid: \"" + std::string(text) + '"');
  }
  char* const printed = frame.room(kPrintedBytes);
  char* end = printed;
  for (std::size_t i = 0; i < kDigits; ++i) {
    if (has_hyphen_before(i)) *end++ = '-';
    *end++ = "0123456789abcdef"[digits[i]];
  }
  uuid = {printed, kPrintedBytes};
  return true;
}

}  // namespace slotcast::sql
