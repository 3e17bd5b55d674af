#pragma once

#include <initializer_list>
#include <vector>

#include "lib/log/format.h"

namespace slotcast::log {

// A block that is being filled, and then its bytes as they go to the disk. Threads: one.
class BlockDraft {
 public:
  BlockDraft() { clear(); }

  void clear();
  // A record from the parts of its payload. Its size must be within kBlockPayloadMax.
  void add(RecordType type, std::initializer_list<Bytes> parts);
  std::uint32_t record_count() const { return record_count_; }
  bool is_empty() const { return record_count_ == 0; }
  // Filled to what a block should have; one more record would still fit.
  bool is_full() const { return end_ >= kBlockHeaderBytes + kBlockPayloadTarget; }
  // With padding.
  std::size_t size_on_disk() const;

  // Fills in what the header says of the records, encodes it, and returns the whole block, which is
  // valid until the next call of another function. May be called again with another header.
  Bytes seal(BlockHeader& header);

 private:
  std::vector<std::byte> bytes_;  // header, records, and after seal() the padding
  std::size_t end_ = 0;           // of the records
  std::uint32_t record_count_ = 0;
};

}  // namespace slotcast::log
