#pragma once

#include <yaml-cpp/mark.h>

#include <string>
#include <string_view>

#include "config/sql.h"

namespace slotcast::config {

// The value of a scalar with the places of its bytes: quotes, escapes, folded lines and the
// indentation of blocks are looked through. `file` is the whole file's text. yaml-cpp marks a
// scalar where its first sign stands: its anchor or tag, its quote, the | or > of a block, else its
// text; and it counts columns in bytes, which this does not. Where the file does not read as the
// value does, every byte has the place of the mark.
Sql scalar_text(std::string_view file, const YAML::Mark& mark, std::string value);

}  // namespace slotcast::config
