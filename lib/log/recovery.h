#pragma once

#include <map>
#include <vector>

#include "lib/base/result.h"
#include "lib/log/scan.h"

// Start-up: the one place that decides where the log ends.

namespace slotcast::log {

// Relation and Catalog records by (type, relation id): what a new segment starts with.
using Schema = std::map<std::pair<RecordType, std::uint32_t>, std::vector<std::byte>>;

struct Recovered {
  std::vector<Segment> segments;  // oldest first; the newest is not sealed yet
  Chain chain;                    // what the next block continues
  std::uint64_t end_bytes = 0;    // of the newest segment
  Sequence complete;              // the last record not part of an open transaction
  Schema schema;
  std::uint64_t cut_blocks = 0;  // blocks behind the end that were dropped, as far as known
};

// Finds the end of the log in `directory`, cuts what is behind it, and makes the result durable,
// so that nothing is served that a power cut could still take away.
//
// A block that does not check out is corruption when any block or segment says that it had been
// synced: then something that was promised is lost, and the error names the segment, the offset,
// and the records and LSNs concerned. Otherwise it is where the power went: one sync covers many
// blocks and keeps any subset of them, so the log is cut there even if valid blocks follow.
//
// Errors: Corrupt as said; those of the disk. An empty directory gives no segments.
Result<Recovered> recover(io::Directory& directory);

}  // namespace slotcast::log
