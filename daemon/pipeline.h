#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "config/config.h"
#include "daemon/admin/snapshot.h"
#include "daemon/app.h"
#include "daemon/branches.h"
#include "daemon/route_check.h"
#include "daemon/sink_control.h"
#include "daemon/sink_routes.h"
#include "lib/capture/capture.h"
#include "lib/capture/source.h"
#include "lib/io/posix.h"
#include "lib/journal/journal.h"
#include "lib/log/log.h"
#include "lib/snapshot/chunker.h"
#include "lib/snapshot/snapshot.h"

namespace slotcast {

// Everything between the slot and the sinks, wired by explicit arguments.
//
//     Source ─▶ Capture ─▶ Log ─▶ Branch per sink ─▶ Sink
//        │                  ▲       ▲   │
//        └───▶ Snapshot ────┼───────┘   │
//                        Keeper ◀── Journal
//
// Threads: open(), start(), stop() from one; snapshot() from any.
class Pipeline {
 public:
  explicit Pipeline(const config::Config& config);
  ~Pipeline();

  // Takes the state directory, recovers log and journal. Invalid when another process has it.
  Status open(const RunOptions& options);

  // The first start makes publications and slot, trying again until `give_up` says so.
  Status begin(const std::function<bool()>& give_up);

  // Whether every sink has or will get all rows of its tables from what is copied.
  bool is_read() const;

  // The position a `run --until` stands for.
  Result<Lsn> until_lsn(const std::string& text) const;

  Status start(std::function<void(const Error&)> on_failure);
  // Of a `run --until`: nothing more will come of any branch.
  bool branches_done() const { return branches_.done(*journal_); }
  Branches& branches() { return branches_; }
  // Drains: capture ends at what it has, branches finish their batches. False when a branch did not
  // end within the configured time.
  bool stop();

  // What an operator may tell the sinks; null before start(). Lives as long as the pipeline.
  SinkControl* control() {
    const std::lock_guard lock(mutex_);
    return running_ ? control_.get() : nullptr;
  }
  // The same without a running daemon: instead of begin() and start(), and of stop().
  Status open_control();
  Status close_control();
  SinkControl& closed_control() { return *control_; }

  admin::Snapshot snapshot() const;
  // One round of maintenance: the slot's health.
  void tend();

 private:
  Status try_begin();
  Status plan_snapshot(capture::Source::Beginning beginning);
  Status make_chunker();
  Sequence retire();
  Status note_starts();
  Status note_routes(const std::set<std::string>& waiting);
  Status check_routes();
  Result<journal::Checkpoint> start_of(const config::Sink& sink);
  Status make_branches();
  bool is_configured(const std::string& sink) const;
  void make_control();
  void make_room();
  Status read_published(const pg::SourceTable& table, bool was_lost);

  const config::Config& config_;
  const SinkRoutes routes_;
  RouteCheck route_check_{config_, routes_};
  SystemClock clock_;
  SystemRandom random_;
  SteadyTime started_at_;
  std::optional<io::DirectoryLock> lock_;
  std::unique_ptr<io::Directory> state_;
  std::unique_ptr<io::Directory> log_directory_;
  std::unique_ptr<capture::Source> source_;
  bool accept_gap_ = false;
  bool begun_ = false;  // the source has a slot and the log exists
  std::unique_ptr<journal::Journal> journal_;
  branch::BlockCache cache_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<io::Directory> side_directory_;
  std::unique_ptr<snapshot::Snapshot> snapshot_;
  std::unique_ptr<io::Directory> chunk_directory_;
  std::unique_ptr<log::Chunks> chunks_;
  std::unique_ptr<snapshot::Chunker> chunker_;
  std::unique_ptr<capture::Capture> capture_;
  std::vector<std::unique_ptr<branch::DeadLetters>> dead_letters_;  // one a branch
  Branches branches_;
  std::unique_ptr<SinkControl> control_;
  std::unique_ptr<pg::Connection> health_connection_;
  SteadyTime rechecked_at_{};
  int full_rounds_ = 0;  // how often the log was found full of late

  mutable std::mutex mutex_;
  admin::SlotHealth slot_health_;  // guarded by mutex_
  Lsn server_head_;                // guarded by mutex_
  std::string begin_error_;        // guarded by mutex_: why the first start has to wait
  WallTime begin_error_at_{};      // guarded by mutex_
  bool running_ = false;           // guarded by mutex_: log_, capture_ and branches_ are complete
};

}  // namespace slotcast
