#include "lib/change/relation.h"

#include <atomic>

namespace slotcast {

std::uint64_t next_relation_version() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace slotcast
