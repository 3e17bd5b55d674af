#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "lib/pg/slot.h"
#include "lib/snapshot/chunk_memory.h"
#include "lib/snapshot/copier.h"

namespace slotcast::snapshot {

// The rows that were in the tables when the slot was made: from the plan to the day when every sink
// has them.
//
//     plan() ─▶ state file ─▶ Copier: ranges ─▶ side segments ─▶ branches ─▶ retire()
//
// A process that begins in the middle goes on with what is there: finished ranges are kept, the
// others are copied again (see Reader). Long values that an update did not repeat may then be
// missing, and are asked for as rows that the snapshot does not show (see Chunker).
//
// Threads:    load(), plan(), attach(), start() and stop() from the owner; retire() from one other;
//             the rest from any. One thread of its own, and the copier's.
// Durability: plan() when it returns; each range when a branch can read it.
class Snapshot {
 public:
  struct Parts {
    io::Directory* state = nullptr;      // of the state file
    io::Directory* directory = nullptr;  // of the ranges
    const pg::Options* pg = nullptr;
    Clock* clock = nullptr;
  };

  Snapshot(Parts parts, Options options) : parts_(parts), options_(options) {}
  ~Snapshot();

  // What an earlier process left. Corrupt when its state file is damaged.
  Status load();
  // There is a plan, and not every sink has all of it.
  bool is_open() const;

  // In the snapshot that `exporter` holds: which rows, cut into which ranges, for which sinks.
  Status plan(std::unique_ptr<pg::Connection> exporter, const pg::NewSlot& slot,
              const std::vector<pg::SourceTable>& tables, std::vector<std::string> sinks);
  // Whether `sink` was among them.
  bool is_for(const std::string& sink) const;
  // Where its rows stand in the stream.
  Lsn point() const;

  // `claim`: no branch will ask for what is before.
  void attach(log::Tail& tail, Sequence claim);
  // What branches read; null when there is no open snapshot. After attach().
  const log::SideSegments* side() const { return side_.get(); }

  // `ask` makes a request durable; it may be made twice.
  using Ask = std::function<Status(Request)>;
  void start(Copier::OnFailure on_failure, Ask ask);
  // Ends the workers; what they have in hand is copied again next time. False when one did not end
  // within `patience`.
  bool stop(Duration patience);

  // Removes the ranges that every branch has passed.
  void retire(Sequence claim);

  // Not all ranges are there yet, or what follows from an interruption is not asked for yet.
  bool is_copying() const { return !ended_; }
  Progress progress() const;

 private:
  void run();
  Status open_ranges();
  Status make_task();
  bool needs_server() const;
  void note_missing(const Range& range, const std::string& why);
  Status note_interrupted();
  Status ask_for_rest();
  void retry(const std::function<Status()>& step);
  void finish();

  const Parts parts_;
  const Options options_;
  std::unique_ptr<log::SideSegments> side_;
  std::uint64_t range_count_ = 0;
  Sequence claim_;
  Copier::OnFailure on_failure_;
  Ask ask_;
  std::unique_ptr<Copier::Task> task_;  // of plan(); or made by run()
  std::set<std::uint64_t> present_;     // ranges on the disk, or passed; of run()
  std::thread thread_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> ended_{true};
  std::unique_ptr<Copier> copier_;  // made under mutex_; its calls need it not

  mutable std::mutex mutex_;
  std::optional<Memory> memory_;  // guarded by mutex_
};

}  // namespace slotcast::snapshot
