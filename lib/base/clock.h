#pragma once

#include <chrono>

namespace slotcast {

using Duration = std::chrono::nanoseconds;
using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

// Time, injected so that a test can run an hour of retries in a millisecond.
// Threads: any.
class Clock {
 public:
  virtual ~Clock() = default;
  // For measuring and waiting; never jumps.
  virtual SteadyTime now() const = 0;
  // For people and file names; may jump.
  virtual WallTime wall() const = 0;
};

class SystemClock final : public Clock {
 public:
  SteadyTime now() const override;
  WallTime wall() const override;
};

}  // namespace slotcast
