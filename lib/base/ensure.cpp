#include "lib/base/ensure.h"

#include <cstdio>
#include <cstdlib>

namespace slotcast {

void ensure_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "slotcast: broken invariant at %s:%d: %s\n", file, line, condition);
  std::abort();
}

}  // namespace slotcast
