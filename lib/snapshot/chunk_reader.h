#pragma once

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "lib/change/relation.h"
#include "lib/pg/connection.h"
#include "lib/pg/copy.h"
#include "lib/pg/publication.h"
#include "lib/pg/table.h"
#include "lib/pgoutput/catalog.h"
#include "lib/snapshot/chunk_memory.h"

namespace slotcast::snapshot {

// A PostgreSQL snapshot as pg_current_snapshot() prints it: which transactions it does not see.
// Source: PostgreSQL documentation, "Transaction ID and Snapshot Information Functions".
struct SeenBy {
  std::uint64_t end = 0;            // this one and all later
  std::set<std::uint64_t> running;  // and these

  // `xid` as the stream has it: the lower 32 bits.
  bool misses(std::uint32_t xid) const;
  // The oldest that it does not see.
  std::uint64_t oldest() const { return running.empty() ? end : std::min(end, *running.begin()); }
};
std::optional<SeenBy> parse_seen_by(const std::string& text);

// Part of a table, in the order of its key.
struct ChunkRows {
  Relation relation;
  Catalog catalog;
  std::vector<std::vector<std::byte>> rows;  // Insert messages
  bool is_end = false;                       // there is none behind the last
  SeenBy seen_by;
};

// The connection that reads chunks and sets their markers.
// Threads: one. Errors: those of the connection. Invalid when the table is gone or has no key.
class ChunkReader {
 public:
  // `options` must outlive it.
  static Result<ChunkReader> open(const pg::Options& options);

  // Those that are published: rows of others would get old without a word.
  Result<std::vector<pg::SourceTable>> tables();
  // What a snapshot taken now would see.
  Result<SeenBy> seen_by();
  // A number behind those of all transactions that have one.
  Result<std::uint64_t> newest_transaction();
  // A transaction in the stream that says `text`. Committed when it returns.
  Status mark(const std::string& text);
  // The table, without a row.
  Result<ChunkRows> describe(const Request& request);
  // The rows behind `request.after`, about `bytes_max`; or those of `request.again`.
  Result<ChunkRows> read(const Request& request, std::size_t bytes_max,
                         const pg::CopyOut::Waiting& waiting);

 private:
  ChunkReader(pg::Connection connection, pg::Options options)
      : connection_(std::move(connection)), options_(std::move(options)) {}
  Result<ChunkRows> in_transaction(const std::function<Status(ChunkRows&)>& step);
  Result<pg::Table> describe_in_transaction(const Request& request, ChunkRows& chunk);
  Status read_in_transaction(const Request& request, std::size_t bytes_max,
                             const pg::CopyOut::Waiting& waiting, ChunkRows& chunk);
  std::string statement(const Request& request, const pg::Table& table) const;

  pg::Connection connection_;
  pg::Options options_;
};

}  // namespace slotcast::snapshot
