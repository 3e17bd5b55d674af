#include "lib/sink/encode/json_member.h"

#include "lib/sink/encode/json_text.h"

namespace slotcast::sink {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

}  // namespace

void append_hex(Buffer& out, std::string_view bytes) {
  char* at = out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    *at++ = kDigits[byte >> 4];
    *at++ = kDigits[byte & 15];
  }
  out.advance(at);
}

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

void append_any_text(Buffer& out, std::string_view text) {
  if (append_json_string(out, text)) return;
  out.append("{\"hex\":\"");
  append_hex(out, text);
  out.append("\"}");
}

void put_member(Buffer& out, std::string_view before, std::string_view text) {
  out.append(before);
  append_any_text(out, text);
}

void put_letter(Buffer& out, std::string_view before, char letter) {
  put_member(out, before, std::string_view(&letter, 1));
}

void put_number(Buffer& out, std::string_view before, std::int64_t value) {
  out.append(before);
  out.append(std::to_string(value));
}

}  // namespace slotcast::sink
