#pragma once

#include <memory>
#include <optional>

#include "lib/base/bytes.h"
#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/change/lsn.h"

namespace slotcast::pg {

// One thing the server sent in the COPY stream of START_REPLICATION.
// Source: PostgreSQL documentation, "Streaming Replication Protocol", XLogData and keepalive.
struct Incoming {
  enum class Kind { Message, Keepalive };
  Kind kind = Kind::Message;
  Lsn wal_end;             // Keepalive: how far the server has decoded and sent
  bool reply_now = false;  // Keepalive: it wants a status update at once
  Bytes message;           // Message: the output plugin's bytes; valid until the next call
};

// What we tell the server. `flush` is the end of the last commit that is durable here: the server
// may forget everything before. 0 confirms nothing.
struct Feedback {
  Lsn write;
  Lsn flush;
  bool ask_reply = false;  // have the server answer with a keepalive
};

// A running replication stream. Two implementations: libpq's, and a recorded one in the tests.
// Threads: one; none of these calls blocks longer than it says.
// Errors:  Transient for everything a new connection may cure; Invalid when the server refuses for
//          good (slot gone, publication missing), with its own message.
class ReplicationStream {
 public:
  virtual ~ReplicationStream() = default;

  // What has already arrived, without waiting; nothing when there is nothing complete.
  virtual Result<std::optional<Incoming>> next() = 0;

  // Waits until the socket is readable (true) or the time is over (false), and reads what is there.
  virtual Result<bool> wait(Duration at_most) = 0;

  // Queues the status update and flushes as far as the socket takes it.
  virtual Status send(const Feedback& feedback) = 0;

  // For a stream that brings many messages a millisecond: pauses for as long as pays on this
  // transport, then reads what has come, perhaps nothing. The server sends one message per system
  // call; a reader that waits for each costs both sides a context switch.
  virtual Status gulp() = 0;
};

}  // namespace slotcast::pg
