#pragma once

#include <functional>
#include <memory>

#include "lib/base/random.h"
#include "lib/log/block_draft.h"
#include "lib/log/options.h"
#include "lib/log/recovery.h"
#include "lib/log/spares.h"
#include "lib/log/tail.h"

// Appends records to the log: the only thing that writes to segments.
//
//     capture ─▶ [ Writer ─▶ block ─▶ segment file ] ─▶ Syncer ─▶ durable
//
// Threads:    one, the log writer's.
// Durability: append_* fills a block in memory; flush() hands it to the kernel and publishes it as
//             written; only the syncer's publish_durable makes it a promise.
// Errors:     Transient when there is no room for a new segment, on the disk (ENOSPC) or within
//             log.max_size: nothing is lost, the block is kept, and the same call is made again
//             later. Anything else is final: the tail is failed and every later call says so.

namespace slotcast::log {

class Writer {
 public:
  struct Parts {
    io::Directory* directory = nullptr;
    Segments* segments = nullptr;
    Tail* tail = nullptr;
    Spares* spares = nullptr;
    Clock* clock = nullptr;
    Random* random = nullptr;
  };

  // Continues behind what recovery found, in a new segment, which is durable when this returns;
  // a transaction left open is abandoned. `start` is where an empty log begins.
  static Result<std::unique_ptr<Writer>> open(Parts parts, const Options& options,
                                              Recovered recovered, Lsn start);

  Status append_message(Bytes message);
  // For the Relation and Catalog kinds; repeated at the start of every later segment.
  Status append_schema(RecordType type, std::uint32_t relation_id, Bytes body);
  Status append_begin(Bytes message);
  // `end` is the commit's end LSN: the log's new position.
  Status append_commit(Bytes message, Lsn end, PgTime time);
  // The open transaction's connection was lost. Requires one to be open.
  Status append_abandon();
  // Nothing of ours commits before `lsn`. Requires no open transaction.
  Status append_position(Lsn lsn);

  // Writes the block in memory, if it holds anything. Appends do it by themselves when it is full.
  Status flush();

  bool in_transaction() const { return open_begin_.value != 0; }
  // The last Transient error was for log.max_size, not for the disk.
  bool is_full() const { return is_full_; }
  // The position behind everything appended, durable or not.
  Lsn end_lsn() const { return end_lsn_; }
  // The last body appended for this relation; empty when there is none. Valid until the next call.
  Bytes last_schema(RecordType type, std::uint32_t relation_id) const;

 private:
  Writer(Parts parts, const Options& options, Recovered recovered, Lsn start);

  Status append(RecordType type, std::initializer_list<Bytes> parts);
  Status reserve();
  Status write_block();
  // For one segment more.
  bool has_room() const;
  Status check_size();
  Status roll();
  Status start_segment();
  void begin_block();
  Status write_prologue();
  Status put_block();
  Status fail(const Error& error);
  SegmentHeader next_header();

  const Parts parts_;
  const Options options_;

  // The log writer's thread only.
  std::shared_ptr<io::File> file_;  // of the newest segment
  std::uint64_t epoch_ = 0;
  std::uint64_t previous_epoch_ = 0;
  std::uint64_t offset_ = 0;         // where the next block goes
  std::uint64_t written_bytes_ = 0;  // since open
  bool is_full_ = false;
  bool segment_has_blocks_ = false;  // besides its prologue
  // The first of schema_ that the newest segment's prologue still lacks: when the disk is full the
  // prologue goes on from there before anything else.
  std::optional<Schema::key_type> prologue_next_;
  Chain chain_;       // behind the last block written
  BlockDraft block_;  // being filled
  std::uint16_t block_flags_ = 0;
  Sequence block_complete_;
  Sequence open_begin_;
  Lsn end_lsn_;
  PgTime commit_time_;
  Sequence complete_;
  Schema schema_;        // as of the last block written: what a prologue has to repeat
  Schema block_schema_;  // said since, in block_
};

}  // namespace slotcast::log
