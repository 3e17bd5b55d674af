#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>

#include "lib/io/file.h"
#include "lib/journal/state.h"

// The coordinator's memory: intents and checkpoints of all branches in one preallocated,
// group-committed file, so that a crash between a sink's prepare and commit can be settled.
//
// Two files, used in turn: when one is full, the other begins with a snapshot of all states and the
// records go on there. Their space is taken when the state directory is made, so that a full disk
// can never stop a branch from noting what it has delivered. FORMAT.md describes the bytes.
//
// Threads:    any; calls that wait for the disk at the same time share one sync.
// Durability: as each call says.
// Errors:     a failed write or sync is final: every later call returns it. Corrupt when opening
//             finds a damaged record that had been synced.

namespace slotcast::journal {

class Journal {
 public:
  // Opens the journal of `directory`, or makes one; `file_bytes` is the size of each new file.
  static Result<std::unique_ptr<Journal>> open(io::Directory& directory,
                                               std::uint64_t file_bytes = 1 << 20);

  // What was found when it was opened, and what has become durable since.
  std::optional<BranchState> state(const std::string& branch) const;
  States states() const;

  // Durable when it returns. Implies that every earlier batch of the branch was committed, which
  // the caller must have noted by a checkpoint.
  Status note_intent(const std::string& branch, const Intent& intent);
  // Settles an intent that ends at or before it. Durable when it returns, or (`wait` false) with
  // the next record that is: until then a crash finds the intent and asks the sink again.
  Status note_checkpoint(const std::string& branch, const Checkpoint& checkpoint, bool wait);
  // Durable when it returns.
  Status note_mode(const std::string& branch, Mode mode);
  // The branch has no claim any more. Durable when it returns.
  Status forget(const std::string& branch);

  // The lowest durable checkpoint of those not detached: records from there on may still be read.
  // The largest number when there is none.
  Sequence claim() const;
  // The same as a position at the source; nothing when there is none.
  std::optional<Lsn> delivered() const;

 private:
  struct Queued {
    std::uint64_t number = 0;
    Entry entry;
    std::vector<std::byte> payload;
  };
  struct Half {
    std::string name;
    std::unique_ptr<io::File> file;
    std::uint64_t size_bytes = 0;
  };

  Journal() = default;
  Status load();
  Status commit(Entry entry, bool wait);
  Status write_queue(std::deque<Queued> queue);
  Status switch_halves(std::uint64_t needed_bytes);
  void put_record(std::vector<std::byte>& out, std::uint64_t number, Bytes payload) const;

  mutable std::mutex mutex_;
  std::condition_variable done_;
  // Guarded by mutex_.
  States states_;  // as of synced_
  std::deque<Queued> queue_;
  std::uint64_t last_number_ = 0;
  std::uint64_t synced_ = 0;
  bool busy_ = false;  // some caller is at the disk, for all
  std::optional<Error> failure_;

  // Of the caller that is at the disk (busy_).
  Half halves_[2];
  int current_ = 0;
  std::uint64_t generation_ = 0;
  std::uint64_t offset_ = 0;
};

}  // namespace slotcast::journal
