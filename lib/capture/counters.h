#pragma once

#include <mutex>

#include "lib/base/result.h"
#include "lib/capture/status.h"

namespace slotcast::capture {

// What capture's threads tell of themselves, in one place. Threads: any.
class Counters {
 public:
  explicit Counters(const Clock& clock) : clock_(clock) {}

  template <class Change>
  void update(const Change& change) {
    const std::lock_guard lock(mutex_);
    change(status_);
  }
  void note_state(State state) {
    update([&](CaptureStatus& status) { status.state = state; });
  }
  void note_error(const Error& error) {
    update([&](CaptureStatus& status) {
      status.last_error = error.what;
      status.last_error_at = clock_.wall();
    });
  }
  CaptureStatus copy() const {
    const std::lock_guard lock(mutex_);
    return status_;
  }

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;
  CaptureStatus status_;  // guarded by mutex_
};

}  // namespace slotcast::capture
