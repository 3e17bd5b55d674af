#pragma once

#include <string>
#include <string_view>

#include "config/config.h"
#include "daemon/cli.h"

namespace slotcast {

// Tells the running daemon, or, when none runs, does it in the state directory itself. Prints what
// came of it; the process's exit code: 0 done, 1 not now, 2 not possible.
int order_sink(const config::Config& config, const Command& command);

// Prints the sinks: those of the running daemon, or those of the state directory.
int list_sinks(const config::Config& config);

// The daemon's /v1/status as a table of at most 80 columns.
std::string render_sinks(std::string_view json);

}  // namespace slotcast
