#pragma once

#include <atomic>
#include <functional>
#include <set>

#include "lib/branch/log_feed.h"
#include "lib/log/log.h"
#include "lib/snapshot/chunk_memory.h"
#include "lib/snapshot/chunk_reader.h"
#include "lib/snapshot/window.h"

namespace slotcast::snapshot {

// The stream beside the reading of chunks: what changes around a chunk, and which transactions the
// chunk's snapshot has to see.
//
// Threads: one, that of the reading. Errors: those of the log. Transient when told to stop.
class ChunkScan {
 public:
  ChunkScan(log::Log& log, branch::BlockCache& cache, const std::atomic<bool>& stopping)
      : log_(log), stopping_(stopping), feed_(log.segments(), {}, cache) {}

  // Every change from `from` on will be taken. Transactions older than `newest` may have committed
  // before; of the rows `unknown` a value is not known.
  Status begin(const journal::Checkpoint& from, std::uint64_t newest, std::set<Key> unknown);
  // Holds no memory until begin().
  void let_go() { feed_.let_go(); }
  // Everything before it has been taken.
  const journal::Checkpoint& position() const { return feed_.position(); }

  Window& window() { return window_; }
  void forget_window() { window_ = {}; }

  // Up to the transaction that carries `marker`, which it returns; waits for it, and calls
  // `meanwhile` again and again. `fits` becomes false when the columns of `rows` are not those of a
  // change.
  Result<branch::Slice> to(const std::string& marker, const ChunkRows& rows, bool& fits,
                           const std::function<Status()>& meanwhile);
  // What is there; between two chunks of `request`.
  Status follow(const Request& request);
  // Why a chunk with this snapshot could be wrong; empty when it sees all that was taken.
  std::string blindness(const SeenBy& seen_by);

 private:
  log::Log& log_;
  const std::atomic<bool>& stopping_;
  branch::LogFeed feed_;
  Window window_;
  std::set<std::uint32_t> committed_;  // taken, and perhaps not visible yet
  std::uint64_t began_ = 0;            // older transactions may have committed before the scan
};

}  // namespace slotcast::snapshot
