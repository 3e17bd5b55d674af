#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/result.h"

namespace slotcast::branch {

// What came of sending dead letters again.
struct Redriven {
  struct Reason {
    std::string text;
    std::uint64_t letters = 0;
  };
  // An error names the value it is about, so that every letter may have its own.
  static constexpr std::size_t kReasonsMax = 3;

  void keep(const std::string& sqlstate, const std::string& error);
  std::uint64_t count() const { return sent + kept + left_out; }

  std::uint64_t sent = 0;
  std::uint64_t kept = 0;            // failed again
  std::uint64_t left_out = 0;        // no route takes them any more: they are gone
  std::vector<Reason> kept_because;  // the first few different ones
};

// "1 for x, 7 for others": why letters were kept; empty when none was.
std::string reasons_of(const Redriven& redriven);
// All of it, for the operator who asked: "got 3 of its dead letters; 2 …".
std::string describe(const Redriven& redriven);

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
