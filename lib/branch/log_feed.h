#pragma once

#include "lib/branch/block_cache.h"
#include "lib/branch/feed.h"
#include "lib/log/chunks.h"
#include "lib/log/reader.h"
#include "lib/log/side_segments.h"

// A branch's view of the log. A slice lies in one block.
//
//     side segments, then segments ─▶ log::Reader ─▶ [ BlockCache ─▶ decode ] ─▶ LogFeed ─▶ slices
//
// Threads: one, the branch's. Errors: those of log::Reader and of decode.

namespace slotcast::branch {

// What a feed shows beside the stream. Any part may be null: there is nothing of the kind.
struct Beside {
  const log::SideSegments* snapshot = nullptr;  // in front of the stream
  const log::Chunks* chunks = nullptr;          // at their markers
  std::string sink;                             // whose chunks
};

class LogFeed final : public Feed {
 public:
  LogFeed(const log::Segments& segments, Beside beside, BlockCache& cache)
      : reader_(segments),
        beside_(std::move(beside)),
        side_reader_(segments),
        chunk_reader_(segments),
        shared_(cache) {}

  bool is_in_snapshot() const override { return in_snapshot_; }
  Status start(const journal::Checkpoint& from) override;
  void let_go() override;
  Result<std::optional<Slice>> next(Sequence written) override;
  const journal::Checkpoint& position() const override { return position_; }

 private:
  Result<bool> load(Sequence written);
  Result<pgoutput::DecodedPtr> read(Sequence written);
  Result<bool> find_range();
  Result<pgoutput::DecodedPtr> read_from(log::Reader& reader, Sequence written);
  Result<bool> is_committed(const pgoutput::TransactionPart& part, Sequence written);
  Result<bool> will_commit(Sequence begin, Sequence written);
  Slice take(const pgoutput::TransactionPart& part);
  Result<bool> open_chunk(std::string_view marker);
  Result<std::optional<Slice>> next_of_chunk();
  void leave_block();

  log::Reader reader_;
  const Beside beside_;
  log::Reader side_reader_;
  log::Reader chunk_reader_;  // of the chunk whose marker's transaction is next
  bool in_snapshot_ = false;
  Sequence range_end_;  // behind the last record of the range that side_reader_ is in
  BlockCache::Follower shared_;
  Sequence from_;
  journal::Checkpoint position_;
  pgoutput::DecoderState state_;
  pgoutput::DecodedPtr block_;
  pgoutput::DecodedPtr ahead_;  // the one behind it, if it had to be looked at
  std::size_t part_ = 0;        // of block_, the next one
  std::string marker_;          // of the transaction whose parts are being returned
  std::string ended_marker_;
  Sequence chunk_end_;            // behind the chunk's last record; 0: none is open
  std::uint64_t chunk_done_ = 0;  // the one returned last
  pgoutput::DecoderState chunk_state_;
  pgoutput::DecodedPtr chunk_block_;
  std::size_t chunk_part_ = 0;
  // The outcome of a transaction that spans blocks, once known.
  Sequence settled_begin_;
  bool settled_commits_ = false;
};

}  // namespace slotcast::branch
