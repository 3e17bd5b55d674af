#include "lib/log/block.h"

#include "lib/base/crc32c.h"

namespace slotcast::log {
namespace {

Result<BlockHeader> checked_header(Bytes bytes, std::uint64_t epoch) {
  const auto header = decode_block_header(bytes);
  if (!header) return corrupt("no valid block header");
  if (header->epoch != epoch) return corrupt("block of another epoch");
  return *header;
}

}  // namespace

Result<BlockHeader> read_block_header(const io::File& file, std::uint64_t offset,
                                      std::uint64_t epoch) {
  std::array<std::byte, kBlockHeaderBytes> raw;
  TRY(io::read_exactly_at(file, offset, raw));
  return checked_header(raw, epoch);
}

Result<BlockPtr> read_block(const io::File& file, std::uint64_t offset, std::uint64_t epoch) {
  auto block = std::make_shared<Block>();
  // Nearly every block is at most this long: one call instead of two.
  block->bytes.resize(kBlockHeaderBytes + kBlockPayloadTarget + 8 * 1024);
  TRY_ASSIGN(const std::size_t got, file.read_at(offset, block->bytes));
  TRY_ASSIGN(block->header, checked_header(Bytes(block->bytes).first(got), epoch));
  const std::size_t size = kBlockHeaderBytes + block->header.payload_bytes;
  block->bytes.resize(size);
  if (got < size) {
    TRY(io::read_exactly_at(file, offset + got, std::span(block->bytes).subspan(got)));
  }
  if (crc32c(block->payload()) != block->header.payload_crc) {
    return corrupt("bad payload checksum");
  }
  return BlockPtr(std::move(block));
}

}  // namespace slotcast::log
