#pragma once

#include "config/config.h"
#include "lib/preflight/report.h"

namespace slotcast {

// Adds to each table of the report by which SQL `source.pushdown: auto` would have less of it sent,
// as the server answered when it was tried and taken back, and why not more; nothing with `off`.
Status add_pushdown(const config::Config& config, preflight::Report& report);

}  // namespace slotcast
