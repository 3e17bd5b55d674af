#pragma once

#include <condition_variable>
#include <mutex>

#include "lib/base/clock.h"

namespace slotcast {

// What std::timed_mutex is, made of a mutex and a condition: GCC 12 takes that one by
// pthread_mutex_clocklock, of which its ThreadSanitizer does not know, and reports each unlock.
// Any thread; not recursive. For std::lock_guard and std::unique_lock, which name its functions.
class TimedMutex {
 public:
  void lock() {
    std::unique_lock lock(mutex_);
    given_back_.wait(lock, [this] { return !is_held_; });
    is_held_ = true;
  }

  bool try_lock_for(Duration at_most) {
    std::unique_lock lock(mutex_);
    if (!given_back_.wait_for(lock, at_most, [this] { return !is_held_; })) return false;
    is_held_ = true;
    return true;
  }

  void unlock() {
    {
      const std::lock_guard lock(mutex_);
      is_held_ = false;
    }
    given_back_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable given_back_;
  bool is_held_ = false;
};

}  // namespace slotcast
