#pragma once

#include <string>

#include "daemon/admin/snapshot.h"

namespace slotcast::admin {

// The body of /v1/status: one JSON object. LSNs are texts, null when not known yet.
std::string status_json(const Snapshot& snapshot);

}  // namespace slotcast::admin
