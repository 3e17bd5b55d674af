#include "daemon/state_lock.h"

#include <thread>

namespace slotcast {
namespace {

constexpr Duration kLockPatience = std::chrono::seconds(3);

}  // namespace

Result<io::DirectoryLock> lock_state(const std::string& directory, const Clock& clock) {
  const SteadyTime end = clock.now() + kLockPatience;
  while (true) {
    auto lock = io::DirectoryLock::acquire(directory);
    if (lock.ok() || lock.error().kind != ErrorKind::Invalid || clock.now() >= end) return lock;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace slotcast
