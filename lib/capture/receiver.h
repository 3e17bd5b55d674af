#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "lib/base/backoff.h"
#include "lib/capture/counters.h"
#include "lib/capture/ring.h"
#include "lib/log/tail.h"
#include "lib/pg/stream.h"

// The network thread's work: reads the stream into the ring, answers keepalives, and tells the
// server what is durable. It never touches the disk, and goes on answering while the log writer
// waits for one.
//
// Threads: run() in one of its own; stop() from any.
// Errors:  Transient ones lead to a new connection, with backoff, for ever. Any other ends run().

namespace slotcast::capture {

class Receiver {
 public:
  struct Options {
    Duration status_interval = std::chrono::seconds(1);
    Duration receive_timeout = std::chrono::seconds(120);
    // How long the connection is held while the log takes nothing.
    Duration full_patience = std::chrono::seconds(60);
    Backoff::Options backoff;
    // What every sink has, where the server is to keep the rest; empty: what is durable counts.
    std::function<Lsn()> delivered;
  };
  // A stream that starts at the given durable position, after every guard has been asked.
  using Connect = std::function<Result<std::unique_ptr<pg::ReplicationStream>>(Lsn durable)>;

  Receiver(Ring& ring, log::Tail& tail, Counters& counters, Clock& clock, Random& random,
           Connect connect, Options options);

  // Until stop() (ok) or an error that a new connection cannot cure.
  Status run();
  // Ends run() at the next opportunity; it says a last time what is durable.
  void stop() { stopping_ = true; }

 private:
  Status session();
  Status read_stream(pg::ReplicationStream& stream);
  Status drain(pg::ReplicationStream& stream);
  Status push(pg::ReplicationStream& stream);
  Status feedback_if_due(pg::ReplicationStream& stream);
  Status send_feedback(pg::ReplicationStream& stream, bool ask_reply);
  Status wait_for_log();
  void note_message(Bytes message);
  void note_heard();
  bool is_hot();
  void pause(Duration duration) const;
  bool is_stop_overdue();

  Ring& ring_;
  log::Tail& tail_;
  Counters& counters_;
  Clock& clock_;
  Random& random_;
  const Connect connect_;
  const Options options_;
  std::atomic<bool> stopping_{false};

  // The network thread only.
  Backoff backoff_;
  Chunk chunk_;
  SteadyTime chunk_began_{};
  SteadyTime feedback_at_{};
  SteadyTime heard_at_{};
  SteadyTime stop_seen_at_{};
  bool has_heard_ = false;  // on this connection
  bool reply_now_ = false;
  Lsn received_;
  Lsn confirmed_;
  std::uint64_t window_messages_ = 0;
  SteadyTime window_began_{};
  bool hot_ = false;
  // Since the start of the process.
  std::uint64_t messages_ = 0;
  std::uint64_t message_bytes_ = 0;
};

}  // namespace slotcast::capture
