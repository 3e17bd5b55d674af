#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/change/lsn.h"

// How far the log goes: the one object that the writing side and the branches share.

namespace slotcast::log {

// A place in the log: the last record, the block it is in, and the position at the source.
struct Mark {
  Sequence record;          // the last record before which no transaction is open
  std::uint64_t block = 0;  // the last block written
  Lsn lsn;                  // nothing that commits before it is missing
  PgTime commit_time;       // of the last transaction; 0 when there was none yet
  std::uint64_t bytes = 0;  // of blocks written since the log was opened
};

// Threads: any. The writer publishes `written`, the syncer `durable`; both only grow.
// What is written is complete and readable but may vanish in a power cut; what is durable stays.
class Tail {
 public:
  explicit Tail(Mark start) : written_(start), durable_(start) {}

  Mark written() const;
  Mark durable() const;
  void publish_written(const Mark& mark);
  void publish_durable(const Mark& mark);

  // Waits until records after `after` are complete, the time is over, or stop(); returns written().
  Mark wait_written(Sequence after, Duration at_most);
  // The same for durability through `record`; false when the time was over or the log stopped.
  bool wait_durable(Sequence record, Duration at_most);
  // For the syncer: waits until a block after `block` is written, or stop() (false).
  bool wait_block(std::uint64_t block, Duration at_most);

  // The log cannot go on (a failed write or sync); everybody waiting is woken. First error wins.
  void fail(Error error);
  std::optional<Error> failure() const;
  // Wakes everybody, for good: the daemon ends.
  void stop();
  bool stopped() const;
  // Wakes everybody once, so that they look at their own flags.
  void nudge();

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  Mark written_;
  Mark durable_;
  std::optional<Error> failure_;
  bool stopped_ = false;
  std::uint64_t nudges_ = 0;
};

}  // namespace slotcast::log
