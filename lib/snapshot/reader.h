#pragma once

#include <functional>
#include <string>

#include "lib/io/file.h"
#include "lib/log/side_writer.h"
#include "lib/pg/copy.h"
#include "lib/snapshot/plan.h"

namespace slotcast::snapshot {

// One worker's connection, in a transaction that sees an exported snapshot.
//
// Threads: one. Errors: those of the connection and of SideWriter. Invalid when a table was
// rewritten or truncated since the snapshot was taken: its rows as they were are gone.
class Reader {
 public:
  // Where the rows stand in the stream, and what opens and ends a block of them.
  struct Point {
    Lsn lsn;
    std::vector<std::byte> begin;
    std::vector<std::byte> commit;
  };
  // Copied into a range's file, for those who watch.
  struct Copied {
    log::Segment segment;
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;  // as they came from the server
  };

  static Result<Reader> open(const pg::Options& options, const std::string& snapshot);

  // Locks the tables against being changed in their form, until the reader ends.
  Status lock(const std::vector<pg::SourceTable>& tables);
  pg::Connection& connection() { return connection_; }

  // Copies one range into a side segment. `on_row` is called now and then, with the rows so far; an
  // error of it ends the copy.
  Result<Copied> copy(const Plan& plan, const Range& range, const Point& point,
                      io::Directory& directory, Random& random,
                      const std::function<Status(std::uint64_t rows)>& on_rows);

 private:
  explicit Reader(pg::Connection connection) : connection_(std::move(connection)) {}
  Status check_not_rewritten(const pg::TablePart& part);
  Status copy_rows(const PlannedTable& planned, const std::string& statement,
                   log::SideWriter& writer, Copied& copied,
                   const std::function<Status(std::uint64_t rows)>& on_rows);

  pg::Connection connection_;
};

// The point of a slot's snapshot: its consistent point, at the time `time`.
Reader::Point point_of(Lsn consistent_point, PgTime time);

}  // namespace slotcast::snapshot
