#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/sink/encode/buffer.h"

// Members of JSON objects for lines that people read as well: `before` is all that stands in front
// of the value, as in `,"lsn":`.

namespace slotcast::sink {

void append_hex(Buffer& out, std::string_view bytes);
// Nothing when they are not pairs of such digits.
std::optional<std::string> parse_hex(std::string_view digits);
// A text, or {"hex":"00ff…"} where it is not UTF-8.
void append_any_text(Buffer& out, std::string_view text);

void put_member(Buffer& out, std::string_view before, std::string_view text);
void put_letter(Buffer& out, std::string_view before, char letter);
void put_number(Buffer& out, std::string_view before, std::int64_t value);

}  // namespace slotcast::sink
