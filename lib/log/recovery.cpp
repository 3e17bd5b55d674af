#include "lib/log/recovery.h"

#include <algorithm>

#include "lib/base/ensure.h"

namespace slotcast::log {
namespace {

Chain chain_at_start(const SegmentHeader& header) {
  return {header.first_block, header.first_record, header.previous_crc, header.open_begin,
          header.start_lsn};
}

// Collects what every later segment repeats at its start.
Status note_records(const BlockPtr& block, Recovered& recovered) {
  RecordCursor cursor = block->records();
  Record record;
  while (cursor.next(record)) {
    if (record.type == RecordType::Relation || record.type == RecordType::Catalog) {
      if (record.payload.size() < 4) return corrupt("schema record without its relation");
      const auto id = load_le<std::uint32_t>(record.payload.data());
      recovered.schema[{record.type, id}].assign(record.payload.begin(), record.payload.end());
    }
  }
  return {};
}

std::string describe_gap(const Segment& segment, const Scan& scan,
                         const std::vector<Stray>& strays) {
  std::string text = "segment " + segment.name + ": block " +
                     std::to_string(scan.chain.next_block) + " at offset " +
                     std::to_string(scan.end_bytes) + ": " + scan.stopped_by +
                     "; it had been synced, so records from " + to_string(scan.chain.next_record) +
                     " on are damaged, LSN " + to_string(scan.chain.end_lsn);
  const auto next = std::find_if(strays.begin(), strays.end(), [&](const Stray& stray) {
    return stray.header.number > scan.chain.next_block;
  });
  text +=
      next == strays.end() ? " up to the end of the log" : " to " + to_string(next->header.end_lsn);
  return text;
}

struct Damage {
  std::uint64_t synced_block = 0;  // the largest "known synced" found anywhere
  std::uint64_t blocks_behind = 0;
  std::vector<Stray> strays;  // in the damaged segment
};

// What blocks and segments at or behind the end of `scan` in segment `index` know.
Result<Damage> look_behind(const std::vector<Segment>& segments, std::size_t index,
                           const Scan& scan) {
  Damage damage;
  damage.synced_block = scan.synced_block;
  for (std::size_t i = index; i < segments.size(); ++i) {
    const bool is_first = i == index;
    TRY_ASSIGN(auto strays,
               find_strays(segments[i], is_first ? scan.end_bytes : kFirstBlockOffset));
    damage.blocks_behind += strays.size();
    if (!is_first) {
      damage.synced_block = std::max(damage.synced_block, segments[i].header.synced_block);
    }
    for (const Stray& stray : strays) {
      damage.synced_block = std::max(damage.synced_block, stray.header.synced_block);
    }
    if (is_first) damage.strays = std::move(strays);
  }
  return damage;
}

// Removes the segments behind `keep`, newest first, each durably: a crash in between must never
// leave a hole.
Status drop_behind(io::Directory& directory, std::vector<Segment>& segments, std::size_t keep) {
  while (segments.size() > keep + 1) {
    TRY(directory.remove(segments.back().name));
    TRY(directory.sync(""));
    segments.pop_back();
  }
  segments.back().sealed = false;
  return {};
}

// The segment before the first one that may hold blocks not known to be synced. What such a segment
// repeats of the schema may be cut away; what the one before says is whole.
std::size_t first_to_scan(const std::vector<Segment>& segments) {
  std::size_t index = segments.size() - 1;
  while (index > 0 &&
         segments.back().header.synced_block + 1 < segments[index].header.first_block) {
    --index;
  }
  return index == 0 ? 0 : index - 1;
}

}  // namespace

Result<Recovered> recover(io::Directory& directory) {
  Recovered recovered;
  TRY_ASSIGN(recovered.segments, open_segments(directory, io::OpenMode::ReadWrite));
  auto& segments = recovered.segments;
  if (segments.empty()) return recovered;

  const std::size_t first = first_to_scan(segments);
  recovered.complete = {segments[first].header.open_begin.value != 0
                            ? segments[first].header.open_begin.value - 1
                            : segments[first].header.first_record.value - 1};
  for (std::size_t i = first; i < segments.size(); ++i) {
    TRY_ASSIGN(const std::uint64_t size, segments[i].file->size());
    const std::uint64_t limit = segments[i].sealed ? segments[i].end_bytes : size;
    TRY_ASSIGN(const Scan scan,
               scan_segment(segments[i], chain_at_start(segments[i].header), limit,
                            [&](const BlockPtr& block) { return note_records(block, recovered); }));
    recovered.chain = scan.chain;
    recovered.end_bytes = scan.end_bytes;
    if (scan.complete.value != 0) recovered.complete = scan.complete;
    if (segments[i].sealed && scan.end_bytes == limit) continue;

    TRY_ASSIGN(const Damage damage, look_behind(segments, i, scan));
    if (damage.synced_block >= scan.chain.next_block) {
      return corrupt(describe_gap(segments[i], scan, damage.strays));
    }
    recovered.cut_blocks = damage.blocks_behind;
    TRY(drop_behind(directory, segments, i));
    break;
  }
  TRY(segments.back().file->truncate(recovered.end_bytes));
  segments.back().size_bytes = recovered.end_bytes;
  for (std::size_t i = first; i < segments.size(); ++i) TRY(segments[i].file->sync());
  TRY(directory.sync(""));
  return recovered;
}

}  // namespace slotcast::log
