#include "lib/log/format.h"

#include <charconv>
#include <cstdio>

#include "lib/base/crc32c.h"
#include "lib/base/ensure.h"

namespace slotcast::log {
namespace {

constexpr std::size_t kSegmentCrcAt = kSegmentHeaderBytes - 4;
constexpr std::size_t kBlockCrcAt = kBlockHeaderBytes - 4;

}  // namespace

std::array<std::byte, kSegmentHeaderBytes> encode(const SegmentHeader& header) {
  std::array<std::byte, kSegmentHeaderBytes> out{};
  std::byte* at = out.data();
  store_le<std::uint64_t>(at, kSegmentMagic);
  store_le<std::uint32_t>(at + 8, kFormatVersion);
  store_le<std::uint64_t>(at + 16, header.epoch);
  store_le<std::uint64_t>(at + 24, header.first_record.value);
  store_le<std::uint64_t>(at + 32, header.first_block);
  store_le<std::uint64_t>(at + 40, header.synced_block);
  store_le<std::uint64_t>(at + 48, header.start_lsn.value);
  store_le<std::uint64_t>(at + 56, header.previous_epoch);
  store_le<std::uint64_t>(at + 64, header.previous_end);
  store_le<std::uint32_t>(at + 72, header.previous_crc);
  store_le<std::uint64_t>(at + 76, header.open_begin.value);
  store_le<std::uint32_t>(at + kSegmentCrcAt, crc32c(Bytes(out).first(kSegmentCrcAt)));
  return out;
}

std::optional<SegmentHeader> decode_segment_header(Bytes bytes) {
  if (bytes.size() < kSegmentHeaderBytes) return std::nullopt;
  const std::byte* at = bytes.data();
  if (load_le<std::uint64_t>(at) != kSegmentMagic) return std::nullopt;
  if (load_le<std::uint32_t>(at + kSegmentCrcAt) != crc32c(bytes.first(kSegmentCrcAt))) {
    return std::nullopt;
  }
  if (load_le<std::uint32_t>(at + 8) != kFormatVersion) return std::nullopt;
  SegmentHeader header;
  header.epoch = load_le<std::uint64_t>(at + 16);
  header.first_record = {load_le<std::uint64_t>(at + 24)};
  header.first_block = load_le<std::uint64_t>(at + 32);
  header.synced_block = load_le<std::uint64_t>(at + 40);
  header.start_lsn = {load_le<std::uint64_t>(at + 48)};
  header.previous_epoch = load_le<std::uint64_t>(at + 56);
  header.previous_end = load_le<std::uint64_t>(at + 64);
  header.previous_crc = load_le<std::uint32_t>(at + 72);
  header.open_begin = {load_le<std::uint64_t>(at + 76)};
  return header;
}

void encode(BlockHeader& header, std::byte* at) {
  store_le<std::uint32_t>(at, kBlockMagic);
  store_le<std::uint16_t>(at + 4, static_cast<std::uint16_t>(kFormatVersion));
  store_le<std::uint16_t>(at + 6, header.flags);
  store_le<std::uint64_t>(at + 8, header.epoch);
  store_le<std::uint64_t>(at + 16, header.number);
  store_le<std::uint64_t>(at + 24, header.first_record.value);
  store_le<std::uint32_t>(at + 32, header.record_count);
  store_le<std::uint32_t>(at + 36, header.payload_bytes);
  store_le<std::uint64_t>(at + 40, header.synced_block);
  store_le<std::uint64_t>(at + 48, header.open_begin.value);
  store_le<std::uint64_t>(at + 56, header.complete.value);
  store_le<std::uint64_t>(at + 64, header.end_lsn.value);
  store_le<std::uint32_t>(at + 72, header.previous_crc);
  store_le<std::uint32_t>(at + 76, header.payload_crc);
  store_le<std::uint64_t>(at + 80, 0);
  store_le<std::uint32_t>(at + 88, 0);
  header.header_crc = crc32c(Bytes(at, kBlockCrcAt));
  store_le<std::uint32_t>(at + kBlockCrcAt, header.header_crc);
}

std::optional<BlockHeader> decode_block_header(Bytes bytes) {
  if (bytes.size() < kBlockHeaderBytes) return std::nullopt;
  const std::byte* at = bytes.data();
  if (load_le<std::uint32_t>(at) != kBlockMagic) return std::nullopt;
  const auto header_crc = load_le<std::uint32_t>(at + kBlockCrcAt);
  if (header_crc != crc32c(bytes.first(kBlockCrcAt))) return std::nullopt;
  if (load_le<std::uint16_t>(at + 4) != kFormatVersion) return std::nullopt;
  BlockHeader header;
  header.flags = load_le<std::uint16_t>(at + 6);
  header.epoch = load_le<std::uint64_t>(at + 8);
  header.number = load_le<std::uint64_t>(at + 16);
  header.first_record = {load_le<std::uint64_t>(at + 24)};
  header.record_count = load_le<std::uint32_t>(at + 32);
  header.payload_bytes = load_le<std::uint32_t>(at + 36);
  header.synced_block = load_le<std::uint64_t>(at + 40);
  header.open_begin = {load_le<std::uint64_t>(at + 48)};
  header.complete = {load_le<std::uint64_t>(at + 56)};
  header.end_lsn = {load_le<std::uint64_t>(at + 64)};
  header.previous_crc = load_le<std::uint32_t>(at + 72);
  header.payload_crc = load_le<std::uint32_t>(at + 76);
  header.header_crc = header_crc;
  if (header.payload_bytes > kBlockPayloadMax || header.record_count == 0) return std::nullopt;
  return header;
}

std::string segment_name(Sequence first_record) {
  char text[32];
  std::snprintf(text, sizeof text, "%016llx.seg",
                static_cast<unsigned long long>(first_record.value));
  return text;
}

std::optional<Sequence> parse_segment_name(std::string_view name) {
  if (name.size() != 20 || name.substr(16) != ".seg") return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + 16, value, 16);
  if (error != std::errc() || end != name.data() + 16) return std::nullopt;
  return Sequence{value};
}

}  // namespace slotcast::log
