#include "lib/base/backoff.h"

#include <algorithm>

namespace slotcast {

Duration Backoff::next(Random& random) {
  const Duration base = next_;
  next_ = std::min(next_ * 2, options_.most);
  const auto jitter =
      static_cast<Duration::rep>(random.next() % static_cast<std::uint64_t>(base.count() / 5 + 1));
  return base + Duration(jitter);
}

}  // namespace slotcast
