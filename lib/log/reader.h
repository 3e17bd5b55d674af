#pragma once

#include <optional>

#include "lib/log/block.h"
#include "lib/log/segments.h"

// Reads the log from a given record on, block by block, behind the writer.
//
// Threads: one, the branch's; many readers may follow one log.
// Errors:  Corrupt when anything before the end that the tail vouches for does not check out. A
//          reader never guesses where the log ends; only recovery does. Invalid when the record
//          has been retired.

namespace slotcast::log {

class Reader {
 public:
  // `segments` must outlive the reader.
  explicit Reader(const Segments& segments) : segments_(segments) {}

  // Goes to the start of the segment that holds `record` (or will hold it): the blocks from there
  // on repeat the schema, and the caller passes over the records before `record`.
  Status seek(Sequence record);

  // Goes to the start of one segment, which need not be one of the log's.
  void open(const Segment& segment);

  // The next block whose first record is at or before `written` (the tail's word); nothing when
  // there is none yet.
  Result<BlockPtr> next(Sequence written);

  // Passes over the next block, which somebody else has read already and gives the header of.
  Status pass(const BlockHeader& header);

  // How a transaction that is open at the end of the block returned last will end: true when its
  // Commit comes, false when it is abandoned. Requires that the tail says it is complete.
  Result<bool> commits(Sequence begin) const;

  // The first record of the next block.
  Sequence position() const { return next_record_; }

 private:
  Status follow_to_next_segment();
  Error at_offset(const Error& error) const;

  const Segments& segments_;
  std::optional<Segment> segment_;
  std::uint64_t offset_ = 0;
  Sequence next_record_;
};

}  // namespace slotcast::log
