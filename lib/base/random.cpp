#include "lib/base/random.h"

#include <sys/random.h>

#include "lib/base/ensure.h"

namespace slotcast {

std::uint64_t SystemRandom::next() {
  std::uint64_t value = 0;
  ENSURE(::getrandom(&value, sizeof value, 0) == static_cast<ssize_t>(sizeof value));
  return value;
}

}  // namespace slotcast
