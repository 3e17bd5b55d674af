#pragma once

#include <string>

#include "lib/base/clock.h"

// The strftime directives of a stage's pattern: UTC, and English names whatever the locale says.

namespace slotcast::stage {

bool is_time_directive(char directive);
// Requires is_time_directive(directive).
std::string format_time(char directive, WallTime instant);

}  // namespace slotcast::stage
