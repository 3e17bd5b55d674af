#pragma once

#include <string_view>

#include "lib/sink/encode/buffer.h"

// Text as JSON writes it (RFC 8259, section 7): quotes, backslashes and control characters escaped,
// everything else as it is.

namespace slotcast::sink {

// With the quotes around it. False when `text` is not valid UTF-8; nothing is appended then.
bool append_json_string(Buffer& out, std::string_view text);

// A json value as the server stores it: json keeps the writer's line breaks, which would end a
// line too early, so each becomes a space. (Inside a string of JSON they cannot stand.) False when
// it is not valid UTF-8.
bool append_json_value(Buffer& out, std::string_view text);

// The same two for a caller that has made room for a whole row: they write at `out` and return
// where they end. `high` collects the top bits of all bytes: while it is 0 the text is ASCII and
// need not be validated. Up to kJsonSlack bytes behind the end may be written over.
inline constexpr std::size_t kJsonSlack = 16;
inline constexpr std::size_t kJsonEscapedMax = 6;  // \u001f
char* write_json_string(char* out, std::string_view text, unsigned& high);
char* write_json_value(char* out, std::string_view text, unsigned& high);

bool is_valid_utf8(std::string_view text);

}  // namespace slotcast::sink
