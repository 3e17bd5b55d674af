#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace slotcast::kafka {

// Which messages of applications are wanted: prefixes, where a '*' at the end stands for anything.

// Invalid when no message could have it.
Status check_message_prefix(const std::string& wanted);
bool is_wanted(const std::vector<std::string>& wanted, std::string_view prefix);

}  // namespace slotcast::kafka
