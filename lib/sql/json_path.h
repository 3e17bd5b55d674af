#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "lib/sql/frame.h"
#include "lib/sql/json_lexer.h"

// The operators -> of json and jsonb: where in a text the value of a key, or an element of an
// array, stands. No recursion: the server's values may be nested as deep as they like.

namespace slotcast::sql {

// In a text of `json`, of which all strings must mean characters, also those that are not asked
// for; of equal keys the last counts. False after frame.fail().
bool find_json_field(Frame& frame, std::string_view json, std::string_view key,
                     std::optional<std::string_view>& found);
bool find_json_element(Frame& frame, std::string_view json, std::int64_t index,
                       std::optional<std::string_view>& found);

// In a text as PostgreSQL prints jsonb. A scalar counts as an array of itself, as it does there.
bool find_jsonb_field(Frame& frame, std::string_view jsonb, std::string_view key,
                      std::optional<std::string_view>& found);
bool find_jsonb_element(Frame& frame, std::string_view jsonb, std::int64_t index,
                        std::optional<std::string_view>& found);

// What ->> makes of a value that was found: a string's characters, any other value as it stands.
// Nothing for null.
std::optional<std::string_view> json_value_text(Frame& frame, std::string_view value);

}  // namespace slotcast::sql
