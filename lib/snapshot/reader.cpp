#include "lib/snapshot/reader.h"

#include "lib/log/side_segments.h"
#include "lib/pgoutput/encode.h"

namespace slotcast::snapshot {
namespace {

constexpr std::uint64_t kRowsPerReport = 1000;

}  // namespace

Result<Reader> Reader::open(const pg::Options& options, const std::string& snapshot) {
  TRY_ASSIGN(auto connection, pg::Connection::open(options, pg::Connection::Mode::Sql));
  Reader reader(std::move(connection));
  TRY(reader.connection_.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").status());
  TRY(reader.connection_
          .query("SET TRANSACTION SNAPSHOT " + reader.connection_.escape_literal(snapshot))
          .status());
  return reader;
}

Status Reader::lock(const std::vector<pg::SourceTable>& tables) {
  for (const pg::SourceTable& table : tables) {
    TRY(connection_
            .query("LOCK TABLE " + connection_.escape_identifier(table.schema) + "." +
                   connection_.escape_identifier(table.table) + " IN ACCESS SHARE MODE")
            .status());
  }
  return {};
}

// A rewrite gives a table another file, in which an older snapshot finds nothing, without an error.
// The catalog read by SQL is the snapshot's, pg_relation_filenode() is today's.
Status Reader::check_not_rewritten(const pg::TablePart& part) {
  TRY_ASSIGN(const pg::Rows rows,
             connection_.query("SELECT relfilenode = pg_catalog.pg_relation_filenode(oid)"
                               " FROM pg_catalog.pg_class WHERE oid = $1::regclass",
                               {part.name}));
  if (!rows.empty() && rows[0][0] == "t") return {};
  return invalid("table " + part.name +
                 " was rewritten or truncated since the snapshot was taken: its rows as they were "
                 "are gone");
}

Status Reader::copy_rows(const PlannedTable& planned, const std::string& statement,
                         log::SideWriter& writer, Copied& copied,
                         const std::function<Status(std::uint64_t rows)>& on_rows) {
  const Relation& relation = planned.table.relation;
  writer.add_schema(log::RecordType::Catalog, relation.id.oid, pgoutput::encode(planned.catalog));
  writer.add_schema(log::RecordType::Relation, relation.id.oid, pgoutput::encode(relation));
  TRY_ASSIGN(pg::CopyOut rows, pg::CopyOut::start(connection_, statement));
  std::vector<std::byte> message;
  while (true) {
    TRY_ASSIGN(const auto row, rows.next());
    if (!row) return {};
    message.clear();
    if (!pgoutput::append_insert(relation, *row, message)) {
      return corrupt("the server's COPY of " + relation.full_name() + " has a malformed row");
    }
    TRY(writer.append_row(message));
    copied.bytes += row->size();
    if (++copied.rows % kRowsPerReport == 0) TRY(on_rows(copied.rows));
  }
}

Result<Reader::Copied> Reader::copy(const Plan& plan, const Range& range, const Point& point,
                                    io::Directory& directory, Random& random,
                                    const std::function<Status(std::uint64_t rows)>& on_rows) {
  const PlannedTable& planned = plan.tables[range.table];
  TRY(check_not_rewritten(planned.table.parts[range.part]));
  const log::SideWriter::Range where{log::first_record_of(range.number), log::kRecordsPerRange,
                                     point.lsn, point.begin, point.commit};
  TRY_ASSIGN(log::SideWriter writer, log::SideWriter::create(directory, where, random));
  // A failed or cancelled COPY would end the transaction, and with it the snapshot.
  TRY(connection_.query("SAVEPOINT range").status());
  Copied copied;
  Status done =
      copy_rows(planned, plan.copy_statement(connection_, range), writer, copied, on_rows);
  if (done.ok()) {
    auto segment = writer.finish();
    if (segment.ok()) {
      copied.segment = std::move(segment).value();
      TRY(connection_.query("RELEASE SAVEPOINT range").status());
      return copied;
    }
    done = segment.error();
  }
  // Half a range is of no use, and a full disk must not stay full of it.
  TRY(writer.abandon());
  TRY(connection_.query("ROLLBACK TO SAVEPOINT range").status());
  return done.error();
}

Reader::Point point_of(Lsn consistent_point, PgTime time) {
  return {consistent_point, pgoutput::encode(pgoutput::Begin{consistent_point, time, 0}),
          pgoutput::encode(pgoutput::Commit{consistent_point, consistent_point, time})};
}

}  // namespace slotcast::snapshot
