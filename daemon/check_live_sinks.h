#pragma once

#include "config/config.h"
#include "lib/preflight/report.h"

namespace slotcast {

// Adds what the sinks' far sides answer, about the tables that the report has.
void add_sinks(const config::Config& config, preflight::Report& report);

}  // namespace slotcast
