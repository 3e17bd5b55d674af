#pragma once

#include <atomic>
#include <thread>

namespace slotcast {

// SIGTERM and SIGINT: the first asks for a drain, the second ends the process at once with 128 plus
// its number. SIGHUP says that there is nothing to reload; SIGPIPE is ignored.
//
// Constructed before any other thread, so that all of them inherit the blocked mask.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  bool stop_requested() const { return stop_requested_; }

 private:
  void run();

  std::atomic<bool> stop_requested_{false};
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace slotcast
