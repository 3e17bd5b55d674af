#pragma once

#include <vector>

#include "lib/branch/log_feed.h"
#include "lib/io/file.h"
#include "lib/log/segments.h"
#include "lib/snapshot/chunk_reader.h"

namespace slotcast::snapshot {

// The file of chunk `number` in `directory`: `messages`, rows of the table and marks among them, as
// a side segment that stands at the transaction `at`. Durable when it returns; after an error there
// is none.
Result<log::Segment> write_chunk(io::Directory& directory, std::uint64_t number,
                                 const ChunkRows& rows, const branch::Slice& at,
                                 const std::vector<std::vector<std::byte>>& messages);

}  // namespace slotcast::snapshot
