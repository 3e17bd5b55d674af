#pragma once

#include <functional>
#include <string>

#include "lib/base/result.h"
#include "lib/log/block.h"
#include "lib/log/segments.h"

// Walks one segment block by block without anybody's word for where it ends. Used by recovery, and
// by `slotcast log verify`; readers of a running log never guess and do not come here.

namespace slotcast::log {

// What the next block must continue.
struct Chain {
  std::uint64_t next_block = 1;
  Sequence next_record{1};
  std::uint32_t previous_crc = 0;
  Sequence open_begin;
  Lsn end_lsn;
};

struct Scan {
  Chain chain;                     // behind the last block that checks out
  std::uint64_t end_bytes = 0;     // where that block ends
  std::uint64_t synced_block = 0;  // the largest "known synced" among the blocks that check out
  Sequence complete;       // the last record not part of an open transaction; 0 when none here
  std::string stopped_by;  // why the block at end_bytes is not the next one
};

// Reads `segment` from its first block up to `limit_bytes` or the first block that does not check
// out or does not continue `chain`; calls `on_block` (may be empty) for each good one.
Result<Scan> scan_segment(const Segment& segment, Chain chain, std::uint64_t limit_bytes,
                          const std::function<Status(const BlockPtr&)>& on_block);

// A block header found behind damage.
struct Stray {
  std::uint64_t offset = 0;
  BlockHeader header;
};

// Searches [from_bytes, end of file) for block headers of this segment's epoch, whatever their
// number: they tell how far syncs had come. In order of their offsets.
Result<std::vector<Stray>> find_strays(const Segment& segment, std::uint64_t from_bytes);

// Opens the segment file `name` and checks its header. Corrupt when that is damaged.
Result<Segment> open_segment(io::Directory& directory, const std::string& name, io::OpenMode mode);

// All segment files of the directory, oldest first. Corrupt when one is missing between others.
Result<std::vector<Segment>> open_segments(io::Directory& directory, io::OpenMode mode);

}  // namespace slotcast::log
