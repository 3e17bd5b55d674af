#include "lib/branch/block_cache.h"

namespace slotcast::branch {

bool BlockCache::is_near(Sequence first) const {
  const std::lock_guard lock(mutex_);
  return blocks_.size() < blocks_max_ || first.value >= blocks_.begin()->first;
}

Result<pgoutput::DecodedPtr> BlockCache::get(Sequence first, const Make& make) {
  {
    std::unique_lock lock(mutex_);
    while (true) {
      const auto found = blocks_.find(first.value);
      if (found == blocks_.end()) break;
      if (found->second) return found->second;
      made_.wait(lock);
    }
    blocks_.emplace(first.value, nullptr);
  }
  auto made = make();
  {
    const std::lock_guard lock(mutex_);
    if (made.ok()) {
      blocks_[first.value] = made.value();
      // Entries being made are the newest; at most one per branch.
      while (blocks_.size() > blocks_max_ && blocks_.begin()->second) {
        blocks_.erase(blocks_.begin());
      }
    } else {
      blocks_.erase(first.value);
    }
  }
  made_.notify_all();
  return made;
}

}  // namespace slotcast::branch
