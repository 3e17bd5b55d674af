#pragma once

#include <string>
#include <string_view>
#include <vector>

// Names as SQL wants them, without asking a connection: what the server gave us is valid UTF-8, so
// that only the quotes in it matter.

namespace slotcast::pg {

// Always in double quotes: nobody has to know every version's key words.
std::string quote_identifier(std::string_view name);
// "schema"."table"
std::string quote_table(std::string_view schema, std::string_view table);
// {"a","b"}: the value of a text[].
std::string text_array(const std::vector<std::string>& texts);

}  // namespace slotcast::pg
