#include "daemon/log_command.h"

#include <cstdio>

#include "daemon/app.h"
#include "lib/io/posix.h"
#include "lib/log/scan.h"
#include "lib/pgoutput/message.h"

namespace slotcast {
namespace {

int complain(const Error& error) {
  std::fprintf(stderr, "slotcast: %s\n", error.what.c_str());
  return static_cast<int>(error.kind == ErrorKind::Corrupt ? Exit::Refused : Exit::Failed);
}

Result<std::vector<log::Segment>> open_log(const std::string& state_directory) {
  TRY_ASSIGN(const auto directory, io::open_directory(state_directory + "/log"));
  return log::open_segments(*directory, io::OpenMode::Read);
}

log::Chain chain_of(const log::SegmentHeader& header) {
  return {header.first_block, header.first_record, header.previous_crc, header.open_begin,
          header.start_lsn};
}

Result<log::Scan> scan(const log::Segment& segment,
                       const std::function<Status(const log::BlockPtr&)>& on_block) {
  TRY_ASSIGN(const std::uint64_t size, segment.file->size());
  const std::uint64_t limit = segment.sealed ? segment.end_bytes : size;
  return log::scan_segment(segment, chain_of(segment.header), limit, on_block);
}

const char* name_of(log::RecordType type) {
  switch (type) {
    case log::RecordType::Message:
      return "message";
    case log::RecordType::Catalog:
      return "catalog";
    case log::RecordType::Relation:
      return "relation";
    case log::RecordType::Begin:
      return "begin";
    case log::RecordType::Commit:
      return "commit";
    case log::RecordType::Abandon:
      return "abandon";
    case log::RecordType::Position:
      return "position";
    case log::RecordType::Spooled:
      return "spooled";
  }
  return "unknown";
}

// What a person wants to see of a record, beside its kind and size.
std::string describe(const log::Record& record) {
  switch (record.type) {
    case log::RecordType::Begin:
      if (const auto begin = pgoutput::parse_begin(record.payload)) {
        return "commit_lsn=" + to_string(begin->commit_lsn) + " xid=" + std::to_string(begin->xid) +
               " time=" + to_iso8601(begin->commit_time);
      }
      return "";
    case log::RecordType::Commit:
      if (const auto commit = pgoutput::parse_commit(record.payload)) {
        return "end_lsn=" + to_string(commit->end_lsn);
      }
      return "";
    case log::RecordType::Catalog:
      return "oid=" + std::to_string(load_le<std::uint32_t>(record.payload.data()));
    case log::RecordType::Relation:
      if (const auto relation =
              pgoutput::parse_relation(record.payload.subspan(4), pgoutput::Framing::Whole)) {
        return "table=" + relation->full_name() + " oid=" + std::to_string(relation->id.oid);
      }
      return "";
    case log::RecordType::Position:
      return "lsn=" + to_string(Lsn{load_le<std::uint64_t>(record.payload.data())});
    case log::RecordType::Message:
      return std::string("tag=") + static_cast<char>(pgoutput::tag_of(record.payload));
    default:
      return "";
  }
}

Status print_block(const log::BlockPtr& block, std::uint64_t from, std::uint64_t to) {
  log::RecordCursor cursor = block->records();
  log::Record record;
  while (cursor.next(record)) {
    if (record.sequence.value < from || record.sequence.value > to) continue;
    const std::string more = describe(record);
    std::printf("%llu %s %zu%s%s\n", static_cast<unsigned long long>(record.sequence.value),
                name_of(record.type), record.payload.size(), more.empty() ? "" : " ", more.c_str());
  }
  return {};
}

}  // namespace

int list_log(const std::string& state_directory) {
  const auto segments = open_log(state_directory);
  if (!segments.ok()) return complain(segments.error());
  std::printf("%-20s %12s %12s %8s %10s  %s\n", "SEGMENT", "FIRST", "LAST", "BLOCKS", "BYTES",
              "LSN");
  for (const log::Segment& segment : segments.value()) {
    const auto scanned = scan(segment, {});
    if (!scanned.ok()) return complain(scanned.error());
    const log::Scan& found = scanned.value();
    std::printf(
        "%-20s %12llu %12llu %8llu %10llu  %s\n", segment.name.c_str(),
        static_cast<unsigned long long>(segment.header.first_record.value),
        static_cast<unsigned long long>(found.chain.next_record.value - 1),
        static_cast<unsigned long long>(found.chain.next_block - segment.header.first_block),
        static_cast<unsigned long long>(found.end_bytes), to_string(found.chain.end_lsn).c_str());
  }
  return 0;
}

int cat_log(const std::string& state_directory, std::uint64_t from_record,
            std::uint64_t to_record) {
  const auto segments = open_log(state_directory);
  if (!segments.ok()) return complain(segments.error());
  for (const log::Segment& segment : segments.value()) {
    if (segment.sealed && segment.next_record.value <= from_record) continue;
    if (segment.header.first_record.value > to_record) break;
    const auto scanned = scan(segment, [&](const log::BlockPtr& block) {
      return print_block(block, from_record, to_record);
    });
    if (!scanned.ok()) return complain(scanned.error());
  }
  return 0;
}

int verify_log(const std::string& state_directory) {
  const auto segments = open_log(state_directory);
  if (!segments.ok()) return complain(segments.error());
  log::Scan last;
  std::uint64_t synced_block = 0;
  for (const log::Segment& segment : segments.value()) {
    const auto scanned = scan(segment, {});
    if (!scanned.ok()) return complain(scanned.error());
    last = scanned.value();
    synced_block = std::max(synced_block, last.synced_block);
    const bool is_whole = segment.sealed && last.end_bytes == segment.end_bytes;
    if (is_whole) continue;
    const auto strays = log::find_strays(segment, last.end_bytes);
    if (!strays.ok()) return complain(strays.error());
    for (const log::Stray& stray : strays.value()) {
      synced_block = std::max(synced_block, stray.header.synced_block);
    }
    if (segment.sealed || synced_block >= last.chain.next_block) {
      return complain(corrupt("segment " + segment.name + ": block " +
                              std::to_string(last.chain.next_block) + " at offset " +
                              std::to_string(last.end_bytes) + ": " + last.stopped_by));
    }
  }
  std::printf("%zu %s, records up to %llu, blocks up to %llu (%llu known synced), LSN %s\n",
              segments.value().size(), segments.value().size() == 1 ? "segment" : "segments",
              static_cast<unsigned long long>(last.chain.next_record.value - 1),
              static_cast<unsigned long long>(last.chain.next_block - 1),
              static_cast<unsigned long long>(synced_block), to_string(last.chain.end_lsn).c_str());
  return 0;
}

}  // namespace slotcast
