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

Result<Reader> Reader::open_later(const pg::Options& options, std::string visible) {
  TRY_ASSIGN(auto connection, pg::Connection::open(options, pg::Connection::Mode::Sql));
  Reader reader(std::move(connection));
  reader.visible_ = std::move(visible);
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

Status Reader::limit_lock_waits() {
  return connection_.query("SET LOCAL lock_timeout = '1s'").status();
}

Result<std::string> Reader::visible_snapshot() {
  TRY_ASSIGN(const pg::Rows rows, connection_.query("SELECT pg_catalog.pg_current_snapshot()"));
  return rows[0][0].value_or("");
}

// In the imported snapshot a failed COPY must not end the transaction, and with it the snapshot.
Status Reader::begin_range(const pg::TablePart& part) {
  if (visible_.empty()) return connection_.query("SAVEPOINT range").status();
  TRY(connection_.query("BEGIN READ ONLY").status());
  return connection_.query("LOCK TABLE ONLY " + part.name + " IN ACCESS SHARE MODE").status();
}

Status Reader::end_range(bool well) {
  const char* sql = visible_.empty()
                        ? (well ? "RELEASE SAVEPOINT range" : "ROLLBACK TO SAVEPOINT range")
                        : (well ? "COMMIT" : "ROLLBACK");
  return connection_.query(sql).status();
}

// A rewrite gives a table another file, in which an older snapshot finds nothing, without an error.
// What was planned is the snapshot's, pg_relation_filenode() is today's.
Status Reader::check_not_rewritten(const pg::TablePart& part) {
  TRY_ASSIGN(
      const pg::Rows rows,
      connection_.query("SELECT pg_catalog.pg_relation_filenode($1::regclass)", {part.name}));
  if (!rows.empty() && rows[0][0] == std::to_string(part.file)) return {};
  return invalid("table " + part.name +
                 " was rewritten or truncated since the snapshot was taken: its rows as they were "
                 "are gone");
}

Status Reader::copy_rows(const Plan& plan, const Range& range, Copied& copied,
                         const OnRows& on_rows) {
  const PlannedTable& planned = plan.tables[range.table];
  TRY(check_not_rewritten(planned.table.parts[range.part]));
  const Relation& relation = planned.table.relation;
  const std::uint32_t oid = relation.id.oid;
  copied.writer.add_schema(log::RecordType::Catalog, oid, pgoutput::encode(planned.catalog));
  copied.writer.add_schema(log::RecordType::Relation, oid, pgoutput::encode(relation));
  TRY_ASSIGN(pg::CopyOut rows,
             pg::CopyOut::start(connection_, plan.copy_statement(connection_, range, visible_),
                                [&] { return on_rows(copied.rows); }));
  std::vector<std::byte> message;
  const auto take = [&](Bytes row) -> Status {
    message.clear();
    if (!pgoutput::append_insert(relation, row, message)) {
      return corrupt("the server's COPY of " + relation.full_name() + " has a malformed row");
    }
    TRY(copied.writer.append_row(message));
    copied.bytes += row.size();
    return ++copied.rows % kRowsPerReport == 0 ? on_rows(copied.rows) : Status();
  };
  while (true) {
    TRY_ASSIGN(const auto row, rows.next());
    if (!row) return {};
    if (Status taken = take(*row); !taken.ok()) {
      TRY(rows.cancel());
      return taken;
    }
  }
}

Result<Reader::Copied> Reader::copy(const Plan& plan, const Range& range, const Point& point,
                                    io::Directory& directory, Random& random,
                                    const OnRows& on_rows) {
  const log::SideWriter::Range where{log::first_record_of(range.number), log::kRecordsPerRange,
                                     point.lsn, point.begin, point.commit};
  TRY_ASSIGN(log::SideWriter writer, log::SideWriter::create(directory, where, random));
  Copied copied{std::move(writer)};
  Status done = begin_range(plan.tables[range.table].table.parts[range.part]);
  if (done.ok()) done = copy_rows(plan, range, copied, on_rows);
  if (done.ok()) {
    // The range is copied. A connection that fails here fails the next one.
    (void)end_range(true).ok();
    return copied;
  }
  // Half a range is of no use, and a full disk must not stay full of it.
  TRY(copied.writer.abandon());
  // When this fails too, so does the next range, and the caller opens another reader.
  (void)end_range(false).ok();
  return done.error();
}

Reader::Point point_of(Lsn consistent_point, PgTime time) {
  const Lsn before{consistent_point.value - 1};
  return {consistent_point, pgoutput::encode(pgoutput::Begin{before, time, 0}),
          pgoutput::encode(pgoutput::Commit{before, consistent_point, time})};
}

}  // namespace slotcast::snapshot
