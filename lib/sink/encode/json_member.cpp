#include "lib/sink/encode/json_member.h"

#include <string>

#include "lib/sink/encode/json_text.h"

namespace slotcast::sink {

void append_hex(Buffer& out, std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  char* at = out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    *at++ = kDigits[byte >> 4];
    *at++ = kDigits[byte & 15];
  }
  out.advance(at);
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
