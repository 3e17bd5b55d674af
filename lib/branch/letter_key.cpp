#include "lib/branch/letter_key.h"

#include <algorithm>

#include "lib/sink/encode/json_member.h"
#include "lib/sink/encode/json_text.h"

namespace slotcast::branch {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

}  // namespace

std::optional<std::string> parse_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(digits.size() / 2);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const std::size_t high = kDigits.find(digits[i]);
    const std::size_t low = kDigits.find(digits[i + 1]);
    if (high == kDigits.npos || low == kDigits.npos) return std::nullopt;
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

LetterKeys::LetterKeys(const Relation& relation)
    : are_hex_(std::any_of(relation.columns.begin(), relation.columns.end(),
                           [](const Column& one) { return !sink::is_valid_utf8(one.name); })) {}

std::string LetterKeys::key_of(const Column& column) const {
  if (!are_hex_) return column.name;
  sink::Buffer hex;
  hex.append("\\x");
  sink::append_hex(hex, column.name);
  return std::string(hex.text());
}

}  // namespace slotcast::branch
