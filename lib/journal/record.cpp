#include "lib/journal/record.h"

#include "lib/base/crc32c.h"

namespace slotcast::journal {
namespace {

constexpr std::uint32_t kMagic = 0x4C4E4A53u;  // "SJNL" on disk
constexpr std::size_t kHeaderCrcAt = kRecordHeaderBytes - 4;

}  // namespace

void append_record(std::vector<std::byte>& out, const RecordHeader& header, Bytes payload) {
  const std::size_t start = out.size();
  out.resize(start + kRecordHeaderBytes);
  std::byte* at = out.data() + start;
  store_le<std::uint32_t>(at, kMagic);
  store_le<std::uint32_t>(at + 4, static_cast<std::uint32_t>(payload.size()));
  store_le<std::uint64_t>(at + 8, header.generation);
  store_le<std::uint64_t>(at + 16, header.number);
  store_le<std::uint64_t>(at + 24, header.synced);
  store_le<std::uint32_t>(at + 32, crc32c(payload));
  store_le<std::uint32_t>(at + kHeaderCrcAt, crc32c(Bytes(at, kHeaderCrcAt)));
  out.insert(out.end(), payload.begin(), payload.end());
  while (out.size() % kRecordAlignment != 0) out.push_back(std::byte{0});
}

std::optional<RecordHeader> decode_record(Bytes bytes) {
  if (bytes.size() < kRecordHeaderBytes) return std::nullopt;
  const std::byte* at = bytes.data();
  if (load_le<std::uint32_t>(at) != kMagic) return std::nullopt;
  if (load_le<std::uint32_t>(at + kHeaderCrcAt) != crc32c(bytes.first(kHeaderCrcAt))) {
    return std::nullopt;
  }
  RecordHeader header;
  header.length = load_le<std::uint32_t>(at + 4);
  header.generation = load_le<std::uint64_t>(at + 8);
  header.number = load_le<std::uint64_t>(at + 16);
  header.synced = load_le<std::uint64_t>(at + 24);
  header.payload_crc = load_le<std::uint32_t>(at + 32);
  if (header.length > bytes.size() - kRecordHeaderBytes) return std::nullopt;
  if (crc32c(bytes.subspan(kRecordHeaderBytes, header.length)) != header.payload_crc) {
    return std::nullopt;
  }
  return header;
}

}  // namespace slotcast::journal
