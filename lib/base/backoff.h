#pragma once

#include <chrono>

#include "lib/base/clock.h"
#include "lib/base/random.h"

namespace slotcast {

// How long to wait before trying again: doubles from `first` to `most`, with a fifth of jitter so
// that many branches that lost the same far side do not return in step. Pure but for the jitter.
class Backoff {
 public:
  struct Options {
    Duration first = std::chrono::milliseconds(100);
    Duration most = std::chrono::seconds(30);
  };

  explicit Backoff(Options options) : options_(options), next_(options.first) {}
  Backoff() : Backoff(Options()) {}

  // The wait before the next attempt.
  Duration next(Random& random);
  // After a success.
  void reset() { next_ = options_.first; }

 private:
  Options options_;
  Duration next_;
};

}  // namespace slotcast
