#pragma once

#include <string>
#include <string_view>

#include "config/config.h"

namespace slotcast {

// `slotcast status`: asks the running daemon and prints how it stands. 0, or 1 when nobody answers.
int print_status(const config::Config& config, bool as_json);
// `slotcast health`: 0 when /healthz answers 200.
int check_health(const config::Config& config);

// The body of /v1/status as text of at most `columns` columns. Pure.
std::string render_status(std::string_view json, std::size_t columns);

}  // namespace slotcast
