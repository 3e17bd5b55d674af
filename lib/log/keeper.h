#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "lib/log/options.h"
#include "lib/log/segments.h"
#include "lib/log/spares.h"
#include "lib/log/tail.h"

// Keeps the log's house, in a thread of its own: retires segments that nobody needs any more, and
// has a spare ready before the writer asks for one.
//
// A segment is retired when every claim has passed it durably and it is older than log.keep; near
// log.max_size the age does not count, the claims always do.

namespace slotcast::log {

class Keeper {
 public:
  // `claim` gives the first record that somebody may still read: the lowest durable checkpoint.
  Keeper(Segments& segments, Spares& spares, Tail& tail, Clock& clock, const Options& options,
         std::function<Sequence()> claim);
  ~Keeper();

  void start();
  void stop();
  // One round, on the calling thread.
  Status tend();
  // While it is held no segment is retired.
  std::unique_lock<std::mutex> hold() { return std::unique_lock(round_); }

 private:
  void run();
  Status retire();
  // Whether the log grew so much since the last round that its syncs are large.
  bool grows_fast();
  bool may_retire(const Segment& segment, std::uint64_t size_bytes) const;

  Segments& segments_;
  Spares& spares_;
  Tail& tail_;
  Clock& clock_;
  const Options options_;
  const std::function<Sequence()> claim_;
  std::mutex round_;                // taken from asking for the claim to the end of retiring
  std::uint64_t bytes_before_ = 0;  // what the log had grown by at the last round
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;  // guarded by mutex_
};

}  // namespace slotcast::log
