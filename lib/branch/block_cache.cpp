#include "lib/branch/block_cache.h"

#include <algorithm>

namespace slotcast::branch {

Result<pgoutput::DecodedPtr> BlockCache::Follower::get(Sequence first, const Make& make) {
  BlockCache& cache = cache_;
  {
    std::unique_lock lock(cache.mutex_);
    cache.move(*this, first.value);
    while (true) {
      const auto found = cache.blocks_.find(first.value);
      if (found == cache.blocks_.end()) break;
      if (pgoutput::DecodedPtr block = found->second) {
        cache.move(*this, first.value + 1);
        return block;
      }
      cache.made_.wait(lock);
    }
    cache.blocks_.emplace(first.value, nullptr);
  }
  auto made = make();
  {
    const std::lock_guard lock(cache.mutex_);
    if (made.ok()) {
      cache.blocks_[first.value] = made.value();
      cache.size_bytes_ += made.value()->size_bytes();
      cache.move(*this, first.value + 1);
      cache.drop_farthest();
    } else {
      cache.blocks_.erase(first.value);
    }
  }
  cache.made_.notify_all();
  return made;
}

void BlockCache::Follower::leave() {
  const std::lock_guard lock(cache_.mutex_);
  std::erase(cache_.followers_, this);
  cache_.drop_passed();
}

// Few branches overtake each other at one call: the order is kept by one step of insertion sort.
void BlockCache::move(Follower& follower, std::uint64_t wants_from) {
  std::erase(followers_, &follower);
  follower.wants_from_ = wants_from;
  const auto behind = std::upper_bound(
      followers_.begin(), followers_.end(), wants_from,
      [](std::uint64_t wanted, const Follower* other) { return wanted < other->wants_from_; });
  followers_.insert(behind, &follower);
  drop_passed();
}

void BlockCache::drop_passed() {
  const std::uint64_t wanted = followers_.empty() ? UINT64_MAX : followers_.front()->wants_from_;
  for (auto block = blocks_.begin(); block != blocks_.end() && block->first < wanted;) {
    const auto passed = block++;
    if (passed->second) drop(passed);
  }
}

void BlockCache::drop_farthest() {
  while (size_bytes_ > bytes_max_) {
    auto farthest = blocks_.end();
    std::uint64_t distance_max = 0;
    std::size_t ahead = 0;  // of followers_: the first that has passed the block
    for (auto block = blocks_.begin(); block != blocks_.end(); ++block) {
      while (ahead < followers_.size() && followers_[ahead]->wants_from_ <= block->first) ++ahead;
      if (!block->second) continue;
      const std::uint64_t distance =
          ahead == 0 ? UINT64_MAX : block->first - followers_[ahead - 1]->wants_from_ + 1;
      if (distance < distance_max) continue;
      farthest = block;
      distance_max = distance;
    }
    drop(farthest);
  }
}

void BlockCache::drop(Blocks::iterator block) {
  size_bytes_ -= block->second->size_bytes();
  blocks_.erase(block);
}

std::size_t BlockCache::size_bytes() const {
  const std::lock_guard lock(mutex_);
  return size_bytes_;
}

}  // namespace slotcast::branch
