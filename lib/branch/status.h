#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/change/lsn.h"
#include "lib/metrics/names.h"

namespace slotcast::branch {

enum class State {
  Starting,
  Running,
  Retrying,  // a transient error; the wait before the next attempt
  Paused,    // by the operator, until resume()
  Detached,  // the log had no room for it: it has no claim on the log, and has to be read anew
  Stopped,   // the process ends, or --until was reached
  Failed,    // an error that waiting cannot cure; the other sinks go on
};

// A copy of how one branch stands, for status and metrics.
struct BranchStatus {
  std::string sink;
  std::string connector;  // "stage", "null"
  State state = State::Starting;
  Lsn delivered;                // everything that committed before it has reached the sink
  PgTime delivered_time;        // commit time of the last transaction delivered; 0 before the first
  std::uint64_t lag_bytes = 0;  // of WAL, from delivered to the end of the log
  std::uint64_t held_bytes = 0;  // of the log on disk: what it has not passed
  double lag_seconds = 0;        // age of the oldest logged transaction not delivered; 0 when none
  std::uint64_t rows = 0;        // committed at the sink since the process started
  std::uint64_t batches = 0;
  std::uint64_t bytes = 0;  // in the sink's encoding
  std::uint64_t retries = 0;
  std::uint64_t open_rows = 0;  // in the batch being filled
  std::uint64_t dead_letters = 0;
  // Rows that a route could not make, since the process started, by the route's name: each once,
  // when its batch is committed or, without one, its place noted.
  std::map<std::string, std::uint64_t> route_errors;
  std::vector<metrics::Figure> figures;  // the sink's own
  std::string last_error;
  WallTime last_error_at{};
};

const char* name_of(State state);  // "running", "retrying", ...

}  // namespace slotcast::branch
