#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/change/lsn.h"

// Between the network thread and the log writer: chunks of what the server sent, in order.

namespace slotcast::capture {

// What one entry of a chunk is.
enum class ItemKind : std::uint8_t {
  Message = 1,    // of the output plugin
  Keepalive = 2,  // u64: the server has sent everything before this LSN
  Lost = 3,       // the connection ended: an open transaction will come again, whole
};

struct Item {
  ItemKind kind = ItemKind::Message;
  Bytes payload;
};

// Entries packed one behind the other; used again when the writer is done with it.
class Chunk {
 public:
  void add(ItemKind kind, Bytes payload);
  void clear() { bytes_.clear(); }
  bool empty() const { return bytes_.empty(); }
  std::size_t size_bytes() const { return bytes_.size(); }

  // Walks the items; `at` starts at 0. False at the end.
  bool next(std::size_t& at, Item& item) const;

 private:
  std::vector<std::byte> bytes_;
};

// A bounded queue of chunks. Threads: one producer, one consumer.
class Ring {
 public:
  explicit Ring(std::size_t chunks_max) : chunks_max_(chunks_max) {}

  // False when the queue stayed full for so long; the chunk is then still the caller's.
  bool push(Chunk& chunk, Duration at_most);
  // The oldest chunk; nothing when there was none for so long.
  std::optional<Chunk> pop(Duration at_most);
  bool is_empty() const;
  // The producer has ended: pop() does not wait any more.
  void close();
  // The consumer is done with a chunk it popped.
  void done(Chunk chunk);
  // Waits until everything pushed is done; false when the time is over.
  bool wait_done(Duration at_most);

  // The consumer can take no more of this connection's stream: the producer is to end it, say
  // Lost, and allow again once all is done.
  void refuse(const Error& why);
  std::optional<Error> refusal() const;
  void allow();

 private:
  const std::size_t chunks_max_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::deque<Chunk> queue_;
  std::vector<Chunk> free_;
  bool closed_ = false;
  bool working_ = false;  // a chunk is popped and not done
  std::optional<Error> refusal_;

  std::atomic<bool> refused_{false};  // there is a refusal_; asked for each gulp of the network
};

}  // namespace slotcast::capture
