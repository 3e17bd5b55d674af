#pragma once

#include <functional>
#include <mutex>

#include "lib/snapshot/chunk_memory.h"

namespace slotcast::snapshot {

// Behind the others, for those sinks to which none of them will bring the same.
void add_request(ChunkMemory& memory, Request request);

// The memory of the chunks, shared by the thread that reads them and by those who ask.
//
// Threads:    any.
// Durability: what a call changes is durable when it returns; nothing has changed when it could not
//             be made so (on a full disk, say).
// Errors:     those of the state file.
class ChunkLedger {
 public:
  explicit ChunkLedger(io::Directory& state) : state_(state) {}

  Status load(bool forget_losses);
  ChunkMemory copy() const;
  Status change(const std::function<void(ChunkMemory&)>& change);

  // What a request that waits already will bring is not asked for twice.
  Status request(Request request);
  // Nothing is read for `sink` any more.
  Status forget(const std::string& sink);
  // A chunk's number: none is ever given twice.
  Result<std::uint64_t> take_number();
  // These chunks are passed; before their files are removed.
  Status drop_ready(const std::set<std::uint64_t>& numbers);

 private:
  Status write(ChunkMemory memory);

  io::Directory& state_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  ChunkMemory memory_;
  std::uint64_t numbers_end_ = 0;  // those before it may be given
};

}  // namespace slotcast::snapshot
