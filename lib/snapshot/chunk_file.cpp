#include "lib/snapshot/chunk_file.h"

#include "lib/base/random.h"
#include "lib/log/side_segments.h"
#include "lib/log/side_writer.h"
#include "lib/pgoutput/encode.h"

namespace slotcast::snapshot {

Result<log::Segment> write_chunk(io::Directory& directory, std::uint64_t number,
                                 const ChunkRows& rows, const branch::Slice& at,
                                 const std::vector<std::vector<std::byte>>& messages) {
  SystemRandom random;
  const auto begin = pgoutput::encode(pgoutput::Begin{at.commit_lsn, at.commit_time, 0});
  const auto commit =
      pgoutput::encode(pgoutput::Commit{at.commit_lsn, at.commit_lsn, at.commit_time});
  const log::SideWriter::Range where{log::first_record_of(number), log::kRecordsPerRange,
                                     at.commit_lsn, begin, commit};
  TRY_ASSIGN(log::SideWriter writer, log::SideWriter::create(directory, where, random));
  const std::uint32_t oid = rows.relation.id.oid;
  writer.add_schema(log::RecordType::Catalog, oid, pgoutput::encode(rows.catalog));
  writer.add_schema(log::RecordType::Relation, oid, pgoutput::encode(rows.relation));
  Status written;
  for (auto message = messages.begin(); message != messages.end() && written.ok(); ++message) {
    written = writer.append_row(*message);
  }
  if (written.ok()) {
    auto segment = writer.finish();
    if (segment.ok()) return segment;
    written = segment.error();
  }
  // Half a chunk is of no use, and a full disk must not stay full of it.
  TRY(writer.abandon());
  return written.error();
}

}  // namespace slotcast::snapshot
