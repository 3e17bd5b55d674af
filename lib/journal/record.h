#pragma once

#include <optional>

#include "lib/base/bytes.h"

// The frame around an entry in a journal file; FORMAT.md draws it.

namespace slotcast::journal {

inline constexpr std::size_t kRecordHeaderBytes = 40;
inline constexpr std::uint64_t kRecordAlignment = 8;

struct RecordHeader {
  std::uint32_t length = 0;      // of the payload
  std::uint64_t generation = 0;  // of the file: counts how often the halves were switched
  std::uint64_t number = 0;      // counts records over both files, without holes
  std::uint64_t synced = 0;      // the newest record known synced when this one was written
  std::uint32_t payload_crc = 0;

  std::uint64_t size_on_disk() const {
    return (kRecordHeaderBytes + length + kRecordAlignment - 1) / kRecordAlignment *
           kRecordAlignment;
  }
};

void append_record(std::vector<std::byte>& out, const RecordHeader& header, Bytes payload);

// The record at the start of `bytes`, if a whole one stands there.
std::optional<RecordHeader> decode_record(Bytes bytes);

}  // namespace slotcast::journal
