#include "lib/log/scan.h"

#include <algorithm>

namespace slotcast::log {
namespace {

std::string breaks_chain(const BlockHeader& header, const Chain& chain) {
  if (header.number != chain.next_block) return "block number does not follow";
  if (header.first_record != chain.next_record) return "record number does not follow";
  if (header.previous_crc != chain.previous_crc) return "checksum of the block before differs";
  return {};
}

bool records_fit(const Block& block) {
  RecordCursor cursor = block.records();
  Record record;
  std::uint32_t count = 0;
  while (cursor.next(record)) ++count;
  return !cursor.damaged() && count == block.header.record_count;
}

void advance(Scan& scan, const BlockHeader& header) {
  scan.chain.next_block = header.number + 1;
  scan.chain.next_record = header.next_record();
  scan.chain.previous_crc = header.header_crc;
  scan.chain.open_begin = header.open_begin;
  scan.chain.end_lsn = header.end_lsn;
  scan.end_bytes += header.size_on_disk();
  scan.synced_block = std::max(scan.synced_block, header.synced_block);
  if (header.complete.value != 0) scan.complete = header.complete;
}

}  // namespace

Result<Scan> scan_segment(const Segment& segment, Chain chain, std::uint64_t limit_bytes,
                          const std::function<Status(const BlockPtr&)>& on_block) {
  Scan scan;
  scan.chain = chain;
  scan.end_bytes = kFirstBlockOffset;
  scan.synced_block = segment.header.synced_block;
  while (scan.end_bytes < limit_bytes) {
    const auto block = read_block(*segment.file, scan.end_bytes, segment.header.epoch);
    if (!block.ok()) {
      scan.stopped_by = block.error().what;
      return scan;
    }
    const BlockHeader& header = block.value()->header;
    scan.stopped_by = breaks_chain(header, scan.chain);
    if (scan.stopped_by.empty() && !records_fit(*block.value())) {
      scan.stopped_by = "records do not fit the block";
    }
    if (!scan.stopped_by.empty()) return scan;
    if (on_block) TRY(on_block(block.value()));
    advance(scan, header);
  }
  scan.stopped_by = "end of segment";
  return scan;
}

Result<std::vector<Stray>> find_strays(const Segment& segment, std::uint64_t from_bytes) {
  std::vector<Stray> strays;
  TRY_ASSIGN(const std::uint64_t size, segment.file->size());
  std::vector<std::byte> chunk(1 << 20);
  const std::uint64_t first =
      (from_bytes + kBlockAlignment - 1) / kBlockAlignment * kBlockAlignment;
  std::uint64_t at = first;
  while (at + kBlockHeaderBytes <= size) {
    TRY_ASSIGN(const std::size_t got, segment.file->read_at(at, chunk));
    if (got < kBlockHeaderBytes) break;
    std::size_t offset = 0;
    for (; offset + kBlockHeaderBytes <= got; offset += kBlockAlignment) {
      if (load_le<std::uint32_t>(chunk.data() + offset) != kBlockMagic) continue;
      const auto header = decode_block_header(Bytes(chunk).subspan(offset));
      if (header && header->epoch == segment.header.epoch) strays.push_back({at + offset, *header});
    }
    at += offset;
  }
  return strays;
}

Result<Segment> open_segment(io::Directory& directory, const std::string& name, io::OpenMode mode) {
  TRY_ASSIGN(auto file, directory.open(name, mode));
  std::array<std::byte, kSegmentHeaderBytes> raw;
  TRY_ASSIGN(const std::size_t got, file->read_at(0, raw));
  const auto header = decode_segment_header(Bytes(raw).first(got));
  const auto named = parse_segment_name(name);
  if (!header || !named || header->first_record != *named) {
    return corrupt("segment " + name + ": damaged header");
  }
  TRY_ASSIGN(const std::uint64_t size, file->size());
  Segment segment;
  segment.header = *header;
  segment.name = name;
  segment.file = std::move(file);
  segment.size_bytes = size;
  return segment;
}

Result<std::vector<Segment>> open_segments(io::Directory& directory, io::OpenMode mode) {
  TRY_ASSIGN(const auto entries, directory.list(""));
  std::vector<Segment> segments;
  for (const io::DirectoryEntry& entry : entries) {
    if (entry.is_directory || !parse_segment_name(entry.name)) continue;
    TRY_ASSIGN(Segment segment, open_segment(directory, entry.name, mode));
    if (!segments.empty()) {
      Segment& before = segments.back();
      if (segment.header.previous_epoch != before.header.epoch) {
        return corrupt("a segment is missing between " + before.name + " and " + segment.name);
      }
      before.sealed = true;
      before.end_bytes = segment.header.previous_end;
      before.next_record = segment.header.first_record;
    }
    segments.push_back(std::move(segment));
  }
  return segments;
}

}  // namespace slotcast::log
