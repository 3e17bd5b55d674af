#pragma once

#include "config/config.h"
#include "config/findings.h"

namespace slotcast::config {

// What no single key can say: names that must exist, limits that must fit each other, a connection
// that would not be safe. Adds sslmode=verify-full to the URI of a server elsewhere that names
// none. Pure but for that.
void validate(Config& config, Findings& findings);

}  // namespace slotcast::config
