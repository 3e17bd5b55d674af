#pragma once

#include <memory>
#include <vector>

#include "lib/base/result.h"
#include "lib/io/file.h"
#include "lib/log/format.h"

// One block read back: the unit of writing, checking, decoding and sharing.

namespace slotcast::log {

struct Block {
  BlockHeader header;
  std::vector<std::byte> bytes;  // header and payload as on disk

  Bytes payload() const { return Bytes(bytes).subspan(kBlockHeaderBytes, header.payload_bytes); }
  RecordCursor records() const { return {header.first_record, payload()}; }
};

using BlockPtr = std::shared_ptr<const Block>;

// Reads the block at `offset` and checks all that can be checked without its neighbours; Corrupt,
// with the reason as a phrase, when it is not a whole block of this epoch.
Result<BlockPtr> read_block(const io::File& file, std::uint64_t offset, std::uint64_t epoch);

// The header alone; Corrupt when it does not check out.
Result<BlockHeader> read_block_header(const io::File& file, std::uint64_t offset,
                                      std::uint64_t epoch);

}  // namespace slotcast::log
