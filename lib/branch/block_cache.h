#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "lib/pgoutput/decoder.h"

// Decoded blocks shared by the branches: each is read and decoded by the first branch that comes to
// it, and kept while another one is on its way.
//
// Branches drift apart: one commits its batch while the others read on. When there is no room for
// all the blocks between them, those go whose next reader is farthest away, so a branch that fell
// behind finds the next blocks it comes to, and a group far behind shares as one near the end does.

namespace slotcast::branch {

// Threads: any. Bounded by `bytes_max`; a branch that still works with a block keeps it beyond.
class BlockCache {
 public:
  explicit BlockCache(std::size_t bytes_max = std::size_t{24} << 20) : bytes_max_(bytes_max) {}

  using Make = std::function<Result<pgoutput::DecodedPtr>()>;

  // One branch's way through the log. Threads: one. The cache must outlive it.
  class Follower {
   public:
    explicit Follower(BlockCache& cache) : cache_(cache) {}
    ~Follower() { leave(); }
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;

    // The block that starts at record `first`; nothing before it will be asked for again, until
    // leave(). `make` runs at most once at a time for one block, and an error of it goes to its
    // caller alone.
    Result<pgoutput::DecodedPtr> get(Sequence first, const Make& make);
    // Blocks are no longer kept for this one.
    void leave();

   private:
    friend class BlockCache;
    BlockCache& cache_;
    std::uint64_t wants_from_ = 0;  // guarded by the cache's mutex, as is its place in followers_
  };

  std::size_t size_bytes() const;

 private:
  using Blocks = std::map<std::uint64_t, pgoutput::DecodedPtr>;

  void move(Follower& follower, std::uint64_t wants_from);
  void drop_passed();
  void drop_farthest();
  void drop(Blocks::iterator block);

  const std::size_t bytes_max_;
  mutable std::mutex mutex_;
  std::condition_variable made_;
  // Guarded by mutex_.
  Blocks blocks_;  // by first record; one without a block is being made
  std::size_t size_bytes_ = 0;
  std::vector<Follower*> followers_;  // those with a place, the one farthest behind first
};

}  // namespace slotcast::branch
