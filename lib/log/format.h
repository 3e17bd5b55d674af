#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/bytes.h"
#include "lib/change/lsn.h"

// The durable log's bytes, as FORMAT.md describes them. Everything that knows an offset is here.
// The payload of a record is opaque to this folder, but for the few kinds that bound transactions.

namespace slotcast::log {

inline constexpr std::uint64_t kSegmentMagic = 0x31474F4C544F4C53ull;  // "SLOTLOG1" on disk
inline constexpr std::uint32_t kBlockMagic = 0x4B4C4253u;              // "SBLK" on disk
inline constexpr std::uint32_t kFormatVersion = 1;
inline constexpr std::size_t kSegmentHeaderBytes = 128;
inline constexpr std::uint64_t kFirstBlockOffset = 4096;
inline constexpr std::size_t kBlockHeaderBytes = 96;
inline constexpr std::size_t kRecordHeaderBytes = 5;
// Blocks start at multiples of it, so that a scan behind damage can find the next one.
inline constexpr std::uint64_t kBlockAlignment = 64;
// A block is written when its payload has reached this; one record may make it larger.
inline constexpr std::size_t kBlockPayloadTarget = 64 * 1024;
// PostgreSQL cannot send a larger message: its own buffers end at 1 GiB.
inline constexpr std::uint32_t kBlockPayloadMax = (1u << 30) + (1u << 20);

enum class RecordType : std::uint8_t {
  Message = 1,   // one message of the output plugin, as it came
  Catalog = 2,   // u32 relation id, then what the catalog said of it; before its Relation record
  Relation = 3,  // u32 relation id, then the Relation message
  Begin = 4,     // the Begin message: opens a transaction
  Commit = 5,    // the Commit message: ends it
  Abandon = 6,   // empty; the open transaction's connection was lost, the server sends it again
  Position = 7,  // u64 LSN: nothing of ours commits before it
  Spooled = 8,   // reserved: a streamed transaction kept in a file of its own
};

struct SegmentHeader {
  std::uint64_t epoch = 0;  // random, so that blocks of a recycled file never count as ours
  Sequence first_record;
  std::uint64_t first_block = 0;
  std::uint64_t synced_block = 0;    // the newest block known synced when this was written
  Lsn start_lsn;                     // the log's position at the start of this segment
  std::uint64_t previous_epoch = 0;  // 0 in the first segment of a log
  std::uint64_t previous_end = 0;    // where the segment before ends, in bytes
  std::uint32_t previous_crc = 0;    // checksum of the block before (its header_crc)
  Sequence open_begin;               // the transaction open at the start; 0 when none
};

struct BlockHeader {
  static constexpr std::uint16_t kHasSchema = 1;  // holds Relation or Catalog records
  static constexpr std::uint16_t kSnapshot = 2;   // its rows were copied, not changed

  std::uint16_t flags = 0;
  std::uint64_t epoch = 0;
  std::uint64_t number = 0;  // counts blocks from 1 without holes, over all segments
  Sequence first_record;
  std::uint32_t record_count = 0;
  std::uint32_t payload_bytes = 0;
  std::uint64_t synced_block = 0;  // the newest block known synced when this one was written
  Sequence open_begin;             // the transaction still open at the end; 0 when none
  Sequence complete;  // the last record that is not part of an open transaction; 0 when none here
  Lsn end_lsn;        // the log's position at the end: nothing that commits before is missing
  std::uint32_t previous_crc = 0;  // header_crc of the block before
  std::uint32_t payload_crc = 0;
  std::uint32_t header_crc = 0;  // of all fields before it; covers the payload through its checksum

  Sequence last_record() const { return {first_record.value + record_count - 1}; }
  Sequence next_record() const { return first_record + record_count; }
  // Of header, payload and padding.
  std::uint64_t size_on_disk() const {
    const std::uint64_t raw = kBlockHeaderBytes + payload_bytes;
    return (raw + kBlockAlignment - 1) / kBlockAlignment * kBlockAlignment;
  }
};

std::array<std::byte, kSegmentHeaderBytes> encode(const SegmentHeader& header);
// Nothing when magic, version or checksum do not fit.
std::optional<SegmentHeader> decode_segment_header(Bytes bytes);

// Fills in header.header_crc and writes the header to `out`.
void encode(BlockHeader& header, std::byte* out);
std::optional<BlockHeader> decode_block_header(Bytes bytes);

// "00000000000004d2.seg": the first record, in hexadecimal, so that names sort like records.
std::string segment_name(Sequence first_record);
std::optional<Sequence> parse_segment_name(std::string_view name);

struct Record {
  Sequence sequence;
  RecordType type = RecordType::Message;
  Bytes payload;
};

// Walks the records of a block whose checksum has been verified.
class RecordCursor {
 public:
  RecordCursor(Sequence first, Bytes payload) : next_(first), rest_(payload) {}

  // False at the end, or (with damaged() true) where the records do not fit the payload.
  bool next(Record& record) {
    if (rest_.size() < kRecordHeaderBytes) {
      damaged_ = !rest_.empty();
      return false;
    }
    const std::uint32_t size = load_le<std::uint32_t>(rest_.data() + 1);
    if (size > rest_.size() - kRecordHeaderBytes) {
      damaged_ = true;
      return false;
    }
    record.sequence = next_;
    record.type = static_cast<RecordType>(rest_[0]);
    record.payload = rest_.subspan(kRecordHeaderBytes, size);
    rest_ = rest_.subspan(kRecordHeaderBytes + size);
    next_ = next_ + 1;
    return true;
  }
  bool damaged() const { return damaged_; }

 private:
  Sequence next_;
  Bytes rest_;
  bool damaged_ = false;
};

}  // namespace slotcast::log
