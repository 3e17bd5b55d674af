#pragma once

#include <string>

#include "config/config.h"
#include "daemon/app.h"
#include "lib/preflight/report.h"

namespace slotcast {

// `slotcast check --live`: asks the server and the sinks, changes nothing, and prints what stands
// in the way. Ok without an error; Refused when a person has to act; Failed when the server cannot
// be reached.
Exit check_live(const config::Config& config);

// The report as text of at most `columns` columns, but for SQL. Pure.
std::string render_preflight(const preflight::Report& report, const config::Config& config,
                             std::size_t columns);

}  // namespace slotcast
