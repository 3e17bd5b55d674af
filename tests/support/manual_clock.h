#pragma once

#include <atomic>
#include <cstdint>

#include "lib/base/clock.h"

namespace slotcast::test {

// Stands still until it is moved.
class ManualClock final : public Clock {
 public:
  SteadyTime now() const override { return SteadyTime(Duration(nanoseconds_.load())); }
  WallTime wall() const override { return {}; }
  void advance(Duration by) { nanoseconds_ += by.count(); }

 private:
  std::atomic<std::int64_t> nanoseconds_{1'000'000'000'000};
};

}  // namespace slotcast::test
