#pragma once

#include <cstdint>
#include <string>

#include "lib/base/clock.h"
#include "lib/change/lsn.h"

namespace slotcast::capture {

enum class State {
  Starting,
  Connecting,  // first connection, or again after one was lost
  Streaming,
  PausedLogFull,   // log.max_size is reached: the slowest sink holds it; WAL grows at the server
  PausedDiskFull,  // the file system has no room for the next segment
  ReadingFiles,    // there is no slot: the rows come from a stage's files
  Stopped,         // by the operator
  Failed,          // a guard, corruption or a disk error: the process ends
};

// A copy of how capture stands, for status and metrics. The ladder: head ≥ received ≥ logged ≥
// confirmed; each is the end of a commit (or an idle position), 0 when not known yet.
struct CaptureStatus {
  State state = State::Starting;
  Lsn head;                 // the server's own end of WAL, as last heard
  Lsn received;             // the end of the last whole transaction read from the slot
  Lsn logged;               // durable in our log
  Lsn confirmed;            // told to the server: it may forget what is before
  PgTime last_commit_time;  // of the last transaction received; 0 before the first
  std::uint64_t transactions = 0;
  std::uint64_t messages = 0;
  std::uint64_t message_bytes = 0;
  std::uint64_t duplicate_transactions = 0;  // sent again by the server and dropped
  std::uint64_t reconnects = 0;
  std::string last_error;  // empty when there was none
  WallTime last_error_at{};
};

const char* name_of(State state);  // "streaming", "paused: log full", ...

}  // namespace slotcast::capture
