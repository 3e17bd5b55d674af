#pragma once

#include <string_view>

#include "lib/sql/frame.h"
#include "lib/sql/json_lexer.h"

namespace slotcast::sql {

// The text that PostgreSQL prints for the jsonb value that it reads from `text`: the keys of an
// object in their order (shorter ones first) and each once, numbers as numeric has them, one space
// behind every colon and comma. False, as fail_json() says it or with 22003 or 54000.
bool read_jsonb(Frame& frame, std::string_view text, std::string_view& jsonb);

// PostgreSQL's words for what is wrong with a JSON text. False.
bool fail_json(Frame& frame, JsonError error);

}  // namespace slotcast::sql
