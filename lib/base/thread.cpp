#include "lib/base/thread.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace slotcast {

void name_thread(const std::string& name) {
  constexpr std::size_t kLongest = 15;
  pthread_setname_np(pthread_self(), name.substr(0, kLongest).c_str());
}

// Five steps of niceness: a third of the share of a thread that does not yield. Linux keeps the
// value per thread (sched(7), "The nice value"), and giving way needs no privilege.
void yield_to_others() {
  constexpr int kSteps = 5;
  const auto self = static_cast<id_t>(::gettid());
  ::setpriority(PRIO_PROCESS, self, ::getpriority(PRIO_PROCESS, self) + kSteps);
}

}  // namespace slotcast
