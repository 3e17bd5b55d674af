#include "lib/log/block_draft.h"

#include <cstring>

#include "lib/base/crc32c.h"
#include "lib/base/ensure.h"

namespace slotcast::log {

void BlockDraft::clear() {
  bytes_.clear();
  bytes_.reserve(kBlockHeaderBytes + kBlockPayloadTarget + 16 * 1024);
  bytes_.resize(kBlockHeaderBytes);
  end_ = kBlockHeaderBytes;
  record_count_ = 0;
}

void BlockDraft::add(RecordType type, std::initializer_list<Bytes> parts) {
  std::size_t size = 0;
  for (const Bytes part : parts) size += part.size();
  ENSURE(size <= kBlockPayloadMax - kRecordHeaderBytes);
  const std::size_t at = end_;
  bytes_.resize(at + kRecordHeaderBytes + size);
  std::byte* out = bytes_.data() + at;
  *out = static_cast<std::byte>(type);
  store_le(out + 1, static_cast<std::uint32_t>(size));
  out += kRecordHeaderBytes;
  for (const Bytes part : parts) {
    std::memcpy(out, part.data(), part.size());
    out += part.size();
  }
  end_ = bytes_.size();
  ++record_count_;
}

std::size_t BlockDraft::size_on_disk() const {
  return (end_ + kBlockAlignment - 1) / kBlockAlignment * kBlockAlignment;
}

Bytes BlockDraft::seal(BlockHeader& header) {
  header.record_count = record_count_;
  header.payload_bytes = static_cast<std::uint32_t>(end_ - kBlockHeaderBytes);
  const Bytes payload = Bytes(bytes_).subspan(kBlockHeaderBytes, header.payload_bytes);
  header.payload_crc = crc32c(payload);
  encode(header, bytes_.data());
  bytes_.resize(size_on_disk());
  return bytes_;
}

}  // namespace slotcast::log
