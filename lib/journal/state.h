#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "lib/base/bytes.h"
#include "lib/change/lsn.h"

// What the journal remembers of each branch, and its records' bytes.

namespace slotcast::journal {

// Everything before record `next` has reached the sink.
struct Checkpoint {
  Sequence next;
  Lsn lsn;      // everything that commits before it has reached the sink
  PgTime time;  // commit time of the last transaction delivered; 0 before the first
};

// A batch that has been prepared and may have been committed: what is needed to settle it.
struct Intent {
  std::uint64_t batch = 0;       // counts a branch's batches from 1
  std::uint64_t generation = 0;  // of the configuration it was built under
  Sequence first;                // its first record
  Checkpoint after;              // the checkpoint once it is committed
  std::string token;             // the sink's own
};

// What the operator, or a log without room, decided for a branch. Stays over restarts.
enum class Mode : std::uint8_t {
  Running = 0,
  Paused = 1,    // delivers nothing, keeps its claim on the log
  Detached = 2,  // delivers nothing and claims nothing: what it misses has to be read anew
};

struct BranchState {
  Checkpoint checkpoint;
  std::uint64_t batches = 0;  // committed so far
  std::optional<Intent> intent;
  Mode mode = Mode::Running;
};

using States = std::map<std::string, BranchState>;

enum class EntryKind : std::uint8_t {
  Snapshot = 1,
  Intent = 2,
  Checkpoint = 3,
  Forget = 4,
  Mode = 5
};

// One journal record: what happened to one branch, or (Snapshot) how all stand.
struct Entry {
  EntryKind kind = EntryKind::Checkpoint;
  std::string branch;
  Intent intent;
  Checkpoint checkpoint;
  Mode mode = Mode::Running;
  States snapshot;
};

std::vector<std::byte> encode(const Entry& entry);
// Nothing when the bytes are not an entry.
std::optional<Entry> decode_entry(Bytes bytes);
// How the states stand after `entry`.
void apply(States& states, const Entry& entry);

}  // namespace slotcast::journal
