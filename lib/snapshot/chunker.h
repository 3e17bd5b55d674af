#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "lib/base/backoff.h"
#include "lib/log/chunks.h"
#include "lib/log/log.h"
#include "lib/snapshot/chunk_ledger.h"
#include "lib/snapshot/chunk_progress.h"
#include "lib/snapshot/chunk_queue.h"
#include "lib/snapshot/chunk_reader.h"
#include "lib/snapshot/chunk_scan.h"

namespace slotcast::snapshot {

// Reads tables while the stream runs, for sinks that ask: chunk after chunk, each between two
// markers that it puts into the stream.
//
//     marker, rows, marker ─▶ log ─▶ Window: what still holds at the second ─▶ file ─▶ log::Chunks
//
// The rows are right when the chunk's snapshot sees every transaction that stands before the first
// marker. It may not: the server puts a commit into the stream before other sessions see it. Such a
// chunk is read again (the order of commits is not the order in which they become visible).
//
// Threads:    one of its own; request(), claim(), retire() and progress() from any.
// Durability: a request when request() returns; a chunk when a branch can read it.
// Errors:     Transient ones are tried again with backoff, for ever. A table that cannot be read is
//             noted in losses(), the others go on. All others go to `on_failure`.
class Chunker {
 public:
  struct Parts {
    io::Directory* state = nullptr;      // of the state file
    io::Directory* directory = nullptr;  // of the chunks
    const pg::Options* pg = nullptr;
    log::Log* log = nullptr;
    log::Chunks* chunks = nullptr;
    branch::BlockCache* cache = nullptr;
    Clock* clock = nullptr;
    // Nothing is read before; null: at once. What the stream leaves out until then, a chunk that
    // was read earlier may not have either.
    std::function<bool()> may_begin;
    // Chunks that not every sink has passed; the reading waits rather than exceed it by a chunk.
    std::uint64_t disk_bytes_max = 10ull << 30;
  };
  using Asks = ChunkQueue::Asks;
  using OnFailure = std::function<void(const Error&)>;

  Chunker(Parts parts, Asks asks);
  ~Chunker();

  // What an earlier process left, the chunks that their sinks have passed excepted. Before the
  // branches start.
  // With `forget_losses` the operator has taken note of what could not be read.
  Status load(const log::Chunks::PlaceOf& place_of, bool forget_losses);
  // A request that is known already is not made twice.
  Status request(Request request) { return ledger_.request(std::move(request)); }
  // Nothing is read for `sink` any more.
  Status forget(const std::string& sink) { return ledger_.forget(sink); }
  // Where the last chunk of `sink` stands: the log alone does not have what is before; 0: it does.
  Lsn read_until(const std::string& sink) const;
  void start(OnFailure on_failure);
  // False when the thread did not end within `patience`.
  bool stop(Duration patience);

  // From where on it needs the log; the largest number when it does not.
  Sequence claim() const;
  // Removes the chunks that their sinks have passed. One thread calls it.
  void retire(const log::Chunks::PlaceOf& place_of);
  // Something is to be read for a sink that takes it.
  bool is_wanted() const { return queue_.is_wanted(); }
  ChunkProgress progress() const;
  std::vector<std::string> losses() const;

 private:
  void run();
  Status session();
  Status begin_scan(ChunkReader& reader);
  Status step(ChunkReader& reader);
  Status read_chunk(ChunkReader& reader, const Request& request);
  Status wait_for_sight(ChunkReader& reader);
  Status resolve(std::uint64_t number, ChunkRows rows, const Request& request);
  Status follow();
  Status let_log_go();
  Status keep(std::uint64_t number, const ChunkRows& rows, bool has_rows, const branch::Slice& at,
              const Request& request);
  Status begin_resync(ChunkReader& reader, const Request& request);
  Status publish(std::uint64_t number, const ChunkRows& rows, const branch::Slice& at,
                 const std::vector<std::vector<std::byte>>& messages, const Request& then);
  Status wait_for_room();
  bool saw_all(const SeenBy& seen_by);
  Status drop_request(const std::string& why);
  void note_error(const std::string& what);
  void pause(Duration duration) const;

  const Parts parts_;
  ChunkLedger ledger_;
  ChunkQueue queue_;
  OnFailure on_failure_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> ended_{true};

  std::vector<std::pair<std::uint64_t, log::Segment>> passed_;  // of retire(); still on the disk

  // The thread's only.
  ChunkScan scan_;
  SteadyTime let_go_at_{};

  mutable std::mutex mutex_;
  ChunkProgress progress_;  // guarded by mutex_
};

}  // namespace slotcast::snapshot
