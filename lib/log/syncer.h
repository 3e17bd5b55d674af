#pragma once

#include <atomic>
#include <thread>

#include "lib/log/options.h"
#include "lib/log/segments.h"
#include "lib/log/tail.h"

// Makes what is written durable, in a thread of its own, so that neither the slot's reader nor the
// log's writer ever waits for a disk.
//
// Durability: publishes a mark as durable only after a successful sync that began after the mark
//             was written. One sync covers all blocks written since the last (group commit).
// Errors:     a failed sync is final: the tail is failed, nothing more becomes durable, and the
//             process ends; after a restart recovery finds out what the disk really has.

namespace slotcast::log {

class Syncer {
 public:
  Syncer(Segments& segments, Tail& tail, const Options& options);
  ~Syncer();

  void start();
  // Syncs what is still to be synced, then ends the thread. Call after Tail::stop().
  void stop();
  std::uint64_t syncs() const { return syncs_; }
  // Syncs once, on the calling thread; start() need not have been called.
  Status sync_now();

 private:
  void run();
  // Until the next sync is due, after `bytes` came in since the sync that began at `before`.
  void pause(SteadyTime began, SteadyTime before, std::uint64_t bytes) const;

  Segments& segments_;
  Tail& tail_;
  const Options options_;
  std::thread thread_;
  std::atomic<std::uint64_t> syncs_{0};
  Sequence synced_segment_;  // the newest segment all earlier ones of which are synced
};

}  // namespace slotcast::log
