#pragma once

#include <functional>
#include <string>

#include "lib/io/file.h"
#include "lib/log/side_writer.h"
#include "lib/pg/copy.h"
#include "lib/snapshot/plan.h"

namespace slotcast::snapshot {

// One worker's connection, which copies ranges of a snapshot.
//
// While the connection that made the slot lives, in a transaction that imported its snapshot, with
// all tables locked against changes of their form. Later the snapshot can only be told from what
// there is: rows that it shows and that are still as they were. Those that were changed since come
// through the stream, but for cells that a change left alone and the stream does not repeat.
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
  // All of a range is in its file, which has to be finished, or abandoned.
  struct Copied {
    log::SideWriter writer;
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;  // as they came from the server
  };
  // The rows so far, now and then, also while the server sends none; an error ends the copy.
  using OnRows = std::function<Status(std::uint64_t rows)>;

  // Invalid when the exported snapshot is gone.
  static Result<Reader> open(const pg::Options& options, const std::string& snapshot);
  // `visible` as visible_snapshot() said it.
  static Result<Reader> open_later(const pg::Options& options, std::string visible);

  // Locks the tables against being changed in their form, until the reader ends.
  Status lock(const std::vector<pg::SourceTable>& tables);
  // A table that somebody else is about to lock for good is then a Transient error within a second.
  Status limit_lock_waits();
  // The imported snapshot, as text that outlives it.
  Result<std::string> visible_snapshot();
  pg::Connection& connection() { return connection_; }

  // Copies one range into a side segment. After an error no file is left, and the reader may be
  // used again. `point` must outlive the writer.
  Result<Copied> copy(const Plan& plan, const Range& range, const Point& point,
                      io::Directory& directory, Random& random, const OnRows& on_rows);

 private:
  explicit Reader(pg::Connection connection) : connection_(std::move(connection)) {}
  Status begin_range(const pg::TablePart& part);
  Status end_range(bool well);
  Status check_not_rewritten(const pg::TablePart& part);
  Status copy_rows(const Plan& plan, const Range& range, Copied& copied, const OnRows& on_rows);

  pg::Connection connection_;
  std::string visible_;  // empty in the imported snapshot
};

// The point of a slot's snapshot, taken at `time`. Its rows stand one byte before the consistent
// point: a commit that starts right there is in the stream, and behind them.
Reader::Point point_of(Lsn consistent_point, PgTime time);

}  // namespace slotcast::snapshot
