#pragma once

#include <atomic>
#include <mutex>
#include <optional>

#include "lib/base/result.h"

namespace slotcast::branch {

// What came of sending dead letters again.
struct Redriven {
  std::uint64_t sent = 0;
  std::uint64_t kept = 0;  // failed again
};

// An operator's wish to have a branch send its dead letters again, and the branch's answer.
//
// Threads: any.
class RedriveOrder {
 public:
  // A wish that was not answered yet is the same as this one.
  void ask();
  bool is_asked() const { return is_asked_; }
  // Nothing while it is not done.
  std::optional<Result<Redriven>> answer() const;

  // The branch's. Without a wish it says nothing to anybody.
  void answer_with(Result<Redriven> answer);

 private:
  mutable std::mutex mutex_;
  std::atomic<bool> is_asked_{false};
  std::optional<Result<Redriven>> answer_;  // guarded by mutex_
};

}  // namespace slotcast::branch
