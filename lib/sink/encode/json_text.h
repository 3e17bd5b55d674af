#pragma once

#include <string_view>

#include "lib/sink/encode/buffer.h"

// Text as JSON writes it (RFC 8259, section 7): quotes, backslashes and control characters escaped,
// everything else as it is. False when `text` is not valid UTF-8; nothing is appended then.

namespace slotcast::sink {

// With the quotes around it.
bool append_json_string(Buffer& out, std::string_view text);

// A json value as the server stores it: json keeps the writer's line breaks, which would end a
// line too early, so each becomes a space. (Inside a string of JSON they cannot stand.)
bool append_json_value(Buffer& out, std::string_view text);

}  // namespace slotcast::sink
