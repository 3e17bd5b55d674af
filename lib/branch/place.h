#pragma once

#include <optional>

#include "lib/journal/state.h"
#include "lib/log/log.h"

// Where in the log a sink has to begin to get again what committed from some moment on.

namespace slotcast::branch {

// One of the two.
struct Moment {
  std::optional<Lsn> lsn;      // what commits behind it is wanted
  std::optional<PgTime> time;  // what committed then or later is wanted
};

// The last place before everything that is wanted. Reads the log from the segment that has it on;
// hold Log::keep_all() meanwhile. Invalid when the log does not reach back so far, with how far it
// does. Other errors are those of reading the log.
Result<journal::Checkpoint> find_place(const log::Log& log, log::Tail& tail, const Moment& moment);

}  // namespace slotcast::branch
