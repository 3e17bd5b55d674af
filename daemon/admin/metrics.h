#pragma once

#include <string>

#include "daemon/admin/snapshot.h"

namespace slotcast::admin {

// The body of /metrics.
std::string metrics_text(const Snapshot& snapshot);

}  // namespace slotcast::admin
