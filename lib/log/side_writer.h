#pragma once

#include <memory>
#include <string>

#include "lib/base/random.h"
#include "lib/io/file.h"
#include "lib/log/block_draft.h"
#include "lib/log/segments.h"

namespace slotcast::log {

// A side segment: rows that do not come through the stream (a snapshot's), in a file of its own
// beside the log, in the log's own format. Each block is one whole transaction, so that a branch
// may stop behind any of them. The file gets its name when it is complete and synced; what has no
// name yet is forgotten by the next start.
//
// Threads: one. Durable: what finish() returned, nothing before.
// Errors:  those of io::File. After one the file is of no use: make another.
class SideWriter {
 public:
  struct Range {
    Sequence first_record;  // its number, and so its name
    std::uint64_t record_count_max = 0;
    Lsn lsn;       // where the rows stand in the stream
    Bytes begin;   // the payloads of the records that open and end each block's transaction
    Bytes commit;  // (the range's own: they must stay valid)
  };

  static Result<SideWriter> create(io::Directory& directory, const Range& range, Random& random);
  SideWriter(SideWriter&&) = default;

  // In front of the first row: what it needs to be read. `body` as in Writer::append_schema().
  void add_schema(RecordType type, std::uint32_t relation_id, Bytes body);
  Status append_row(Bytes message);

  // Synced, under its final name, and sealed.
  Result<Segment> finish();
  // Removes what was written.
  Status abandon();

  std::uint64_t size_bytes() const { return offset_; }

 private:
  SideWriter(io::Directory& directory, const Range& range);
  Status write_block();

  io::Directory* directory_;
  Range range_;
  SegmentHeader header_;
  std::string temporary_;
  std::shared_ptr<io::File> file_;
  BlockDraft block_;
  std::uint16_t flags_ = 0;
  bool in_transaction_ = false;
  std::uint64_t offset_ = kFirstBlockOffset;
  std::uint64_t written_back_ = 0;  // the disk has been asked to take what is before
  std::uint64_t next_block_ = 1;
  Sequence next_record_;
  std::uint32_t previous_crc_ = 0;
};

// Opens a side segment that an earlier process finished, and checks every block of it: Corrupt,
// naming the place, when one is damaged.
Result<Segment> open_side_segment(io::Directory& directory, const std::string& name);

}  // namespace slotcast::log
