#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>

#include "lib/pgoutput/decoder.h"

// Decoded blocks near the end of the log, shared by all branches: each is read and decoded by the
// first branch that comes to it. A branch that is far behind does not come here; what it reads
// would only push out what the others need.
//
// Threads: any. Bounded: the oldest blocks leave first; a branch that still works with one keeps
// it.

namespace slotcast::branch {

class BlockCache {
 public:
  explicit BlockCache(std::size_t blocks_max = 32) : blocks_max_(blocks_max) {}

  using Make = std::function<Result<pgoutput::DecodedPtr>()>;

  // The block that starts at record `first`; `make` runs at most once at a time for one block, and
  // an error of it goes to its caller alone.
  Result<pgoutput::DecodedPtr> get(Sequence first, const Make& make);

  // Whether a reader at record `first` is near enough to share.
  bool is_near(Sequence first) const;

 private:
  const std::size_t blocks_max_;
  mutable std::mutex mutex_;
  std::condition_variable made_;
  // Guarded by mutex_. An entry without a block is being made.
  std::map<std::uint64_t, pgoutput::DecodedPtr> blocks_;
};

}  // namespace slotcast::branch
