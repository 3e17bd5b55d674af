#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "lib/base/result.h"
#include "lib/change/change.h"
#include "lib/journal/state.h"

// What a branch is fed by: the changes of committed transactions, in order, from a checkpoint on.
// Records are counted by the feed; nobody else knows what they are.

namespace slotcast::branch {

// Changes of one transaction. They are valid until the next call of next().
struct Slice {
  std::span<const Change> changes;
  Lsn commit_lsn;
  PgTime commit_time;
  bool ends_transaction = false;  // Feed::position() then stands behind the transaction
  std::string_view marker;        // of a transaction of slotcast's own that ends here
};

// Threads: one, the branch's.
class Feed {
 public:
  virtual ~Feed() = default;

  // Whether rows of the snapshot are still to come, ahead of the stream.
  virtual bool is_in_snapshot() const = 0;

  // Begins at `from`, which stands at the start of a transaction or between two.
  virtual Status start(const journal::Checkpoint& from) = 0;

  // Holds no memory until the next start(): a branch that waits to try again.
  virtual void let_go() = 0;

  // The next slice of what is complete through `written` (the tail's word), if any.
  virtual Result<std::optional<Slice>> next(Sequence written) = 0;

  // Everything before it has been returned, or was of no transaction. Does not move while a
  // transaction's slices are being returned.
  virtual const journal::Checkpoint& position() const = 0;
};

}  // namespace slotcast::branch
