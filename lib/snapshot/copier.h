#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "lib/base/backoff.h"
#include "lib/log/side_segments.h"
#include "lib/snapshot/ledger.h"
#include "lib/snapshot/options.h"
#include "lib/snapshot/reader.h"

namespace slotcast::snapshot {

// The workers of a snapshot: each copies range after range into side segments, and reads the next
// one while the disk takes the last.
//
// Threads: `options.workers` of its own, and for each at most one more that waits for the disk;
//          start(), stop() and progress() from the owner.
// Durability: a range is given to the branches, and counted, when it is durable.
// Errors:  Transient ones are tried again with backoff, for ever; a full disk is one. A table that
//          was rewritten is told by `on_missing`, and its range left out. All others end the
//          workers and go to `on_failure`.
class Copier {
 public:
  struct Parts {
    const pg::Options* pg = nullptr;
    io::Directory* directory = nullptr;
    log::SideSegments* side = nullptr;
    Clock* clock = nullptr;
  };
  struct Task {
    Plan plan;
    std::set<std::uint64_t> present;  // ranges that earlier processes copied
    Reader::Point point;
    std::string exported;  // the snapshot's name; empty when it is gone
    std::string visible;
    // The connection that exported the snapshot, kept for those who import it again.
    std::unique_ptr<pg::Connection> exporter;
    std::unique_ptr<Reader> reader;  // for the first worker, which has the tables locked
  };
  using OnFailure = std::function<void(const Error&)>;
  using OnMissing = std::function<void(const Range&, const std::string& why)>;
  // The exported snapshot is gone, before the first range is copied without it. An error is tried
  // again.
  using OnInterrupted = std::function<Status()>;

  Copier(Parts parts, Options options, Task task);
  ~Copier();

  void start(OnFailure on_failure, OnMissing on_missing, OnInterrupted on_interrupted);
  const Plan& plan() const { return task_.plan; }
  // Ends the workers; a range that is being read is dropped.
  void stop();
  bool is_finished() const { return ledger_.is_finished(); }
  Progress progress() const;

 private:
  // What one of the workers has.
  struct Worker {
    std::unique_ptr<Reader> reader;
    bool has_locks = false;         // the reader, on all tables
    std::future<Status> finishing;  // the range before the one being read
    Backoff backoff;
    SystemRandom random;
  };

  void work(std::unique_ptr<Reader> reader);
  bool copy_next(Worker& worker);
  bool open(Worker& worker);
  Result<std::unique_ptr<Reader>> open_reader();
  bool hand_over(Worker& worker, const Range& range, Reader::Copied copied);
  Status finish(const Range& range, Reader::Copied copied);
  bool take_outcome(Worker& worker, const Status& outcome);
  void leave_out(const Range& range);
  void retry_later(const Error& error, Backoff& backoff, Random& random);
  bool wait_for_room();
  void pause(Duration duration) const;

  const Parts parts_;
  const Options options_;
  Task task_;
  Ledger ledger_;
  OnFailure on_failure_;
  OnMissing on_missing_;
  OnInterrupted on_interrupted_;
  std::vector<std::thread> threads_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> paused_{false};
  std::atomic<std::uint64_t> finishing_bytes_{0};  // on the disk, and not durable yet
  mutable std::mutex mutex_;
  std::string last_error_;  // guarded by mutex_
};

}  // namespace slotcast::snapshot
