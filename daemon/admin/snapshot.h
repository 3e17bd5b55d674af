#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/branch/status.h"
#include "lib/capture/status.h"
#include "lib/log/status.h"
#include "lib/snapshot/chunk_progress.h"
#include "lib/snapshot/progress.h"

namespace slotcast::admin {

// What the server says about our slot and itself, asked every few seconds by the maintenance
// thread (pg::SlotHealth); empty texts and zeros before the first answer.
struct SlotHealth {
  bool known = false;
  std::string wal_status;            // reserved, extended, unreserved, lost
  std::int64_t safe_wal_bytes = -1;  // until the slot is lost; -1 when there is no limit
  Lsn restart;
  Lsn confirmed;
};

// What the sinks are fed by, where that is not a slot.
struct FilesStatus {
  std::string stage;
  std::string manifest;
  std::uint64_t files = 0;  // as the manifest has them
  std::uint64_t rows = 0;
};

// Everything the admin server shows, copied out of the running parts in one go.
// Threads: made by daemon/app on the asking thread; plain data afterwards.
struct Snapshot {
  std::string version;
  std::string pipeline;
  std::string slot;                  // empty: there is none
  std::optional<FilesStatus> files;  // instead
  double uptime_seconds = 0;
  capture::CaptureStatus capture;
  SlotHealth slot_health;
  log::LogStatus log;
  snapshot::Progress snapshot;
  snapshot::ChunkProgress chunks;
  std::vector<branch::BranchStatus> sinks;
  std::vector<branch::BranchStatus> removed_sinks;  // not configured, and still with a claim
  std::vector<std::string> losses;    // one sentence each: changes that no sink will get
  std::vector<std::string> warnings;  // one sentence each: what the operator should know
};

// Ready: capture streams, or files are read, nothing is missing, the log is not full, no branch has
// failed.
bool is_ready(const Snapshot& snapshot, std::string& reason);

}  // namespace slotcast::admin
