#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "lib/capture/appender.h"
#include "lib/capture/receiver.h"

// From the slot to the durable log:
//
//     server ─▶ Receiver (network thread) ─▶ Ring ─▶ Appender (log writer) ─▶ log ─▶ its syncer
//       ▲                                                                              │
//       └────────────── feedback: the end of the last commit made durable ◀────────────┘
//
// Three threads, so that a slow disk never keeps the server waiting for an answer, and the log
// never holds more in memory than the ring does.

namespace slotcast::capture {

class Capture {
 public:
  struct Parts {
    log::Log* log = nullptr;
    Clock* clock = nullptr;
    Random* random = nullptr;  // the network thread's alone
  };

  Capture(Parts parts, Receiver::Connect connect, Appender::ReadCatalog read_catalog,
          Receiver::Options options);
  ~Capture();

  // `on_failure` is called once, from one of capture's threads, when capture cannot go on.
  void start(std::function<void(const Error&)> on_failure);
  // Ends both threads; what was received whole is in the log, and durable as far as there is room.
  void stop();
  CaptureStatus status() const;

 private:
  void fail(const Error& error, const std::function<void(const Error&)>& on_failure);

  log::Log& log_;
  Counters counters_;
  Ring ring_;
  Receiver receiver_;
  Appender appender_;
  std::thread network_;
  std::thread writer_;
  std::atomic<bool> failed_{false};
};

}  // namespace slotcast::capture
