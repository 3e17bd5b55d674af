#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace slotcast::snapshot {

enum class State {
  None,  // no sink asked for one, or it was delivered long ago
  Copying,
  Copied,  // all ranges are on our disk, and not yet at all sinks
  Done,    // and at all sinks
};

struct TableProgress {
  std::string table;  // schema.table
  std::uint64_t rows = 0;
  std::uint64_t rows_estimated = 0;  // the planner's; 0 when it was never analyzed
  std::uint64_t bytes = 0;           // as they came from the server
  std::uint64_t done_bytes = 0;      // of what the table takes at the server
  std::uint64_t planned_bytes = 0;
};

// A copy of how the snapshot stands, for status and metrics. Rows and bytes are those that this
// process copied; done_bytes has what earlier ones did, too.
struct Progress {
  State state = State::None;
  std::vector<TableProgress> tables;
  std::uint64_t done_bytes = 0;
  std::uint64_t planned_bytes = 0;
  double seconds_left = -1;          // by this process's speed so far; -1 when it cannot be told
  std::uint64_t size_bytes = 0;      // on our disk
  std::uint64_t size_bytes_max = 0;  // source.snapshot.max_size
  bool is_paused = false;            // at max_size: the slowest sink holds it
  std::string last_error;            // empty when there was none
};

const char* name_of(State state);  // "copying", ...

}  // namespace slotcast::snapshot
