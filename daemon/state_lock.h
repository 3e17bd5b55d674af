#pragma once

#include <string>

#include "lib/base/clock.h"
#include "lib/io/posix.h"

namespace slotcast {

// The lock of a state directory. Waits a moment: an operator's command without a daemon has it no
// longer than that. Invalid when another process keeps it.
Result<io::DirectoryLock> lock_state(const std::string& directory, const Clock& clock);

}  // namespace slotcast
