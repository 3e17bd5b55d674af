#pragma once

#include <string_view>
#include <vector>

#include "lib/change/relation.h"
#include "lib/sink/encode/json_members.h"

namespace slotcast::sink {

// The columns under `key`, as append_columns() wrote them. What does not fit, `members` tells.
std::vector<Column> read_columns(Members& members, const char* key);

}  // namespace slotcast::sink
