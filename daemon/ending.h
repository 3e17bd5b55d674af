#pragma once

#include "daemon/app.h"
#include "lib/base/result.h"

namespace slotcast {

// What the process ends with because of an error.
Exit exit_of(const Error& error);
// The same, and says so.
Exit refuse(const Error& error);

// The threads of a branch that hangs cannot be ended; the process can, and loses nothing.
[[noreturn]] void leave_without_waiting();

}  // namespace slotcast
