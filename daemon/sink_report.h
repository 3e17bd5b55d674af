#pragma once

#include <functional>
#include <string>
#include <vector>

#include "daemon/admin/snapshot.h"
#include "daemon/branches.h"
#include "lib/journal/journal.h"
#include "lib/log/log.h"

namespace slotcast {

// How the sinks stand: by their branches, where those run, else by the journal; and those that the
// journal knows and the configuration does not. `log`: null where they are fed by files. `tail`: of
// what feeds them.
void report_sinks(admin::Snapshot& snapshot, const journal::Journal& journal, const log::Log* log,
                  const log::Tail& tail, const Branches::List& branches,
                  const std::function<bool(const std::string& sink)>& is_configured);

// What of that somebody should do something about, one sentence each.
std::vector<std::string> sink_warnings(const admin::Snapshot& snapshot);

}  // namespace slotcast
