#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/pg/publication.h"
#include "lib/pg/table.h"
#include "lib/pgoutput/catalog.h"
#include "lib/snapshot/memory.h"

// What a snapshot copies, cut into ranges of pages: a range is what a worker takes at a time, what
// is kept when the process ends, and what a branch waits for.

namespace slotcast::snapshot {

struct PlannedTable {
  pg::Table table;
  std::vector<std::uint64_t> pages_per_range;  // of each part
  Catalog catalog;
  bool is_gone = false;  // dropped since it was planned: its ranges too
};

struct Range {
  std::uint64_t number = 0;  // from 1, in the order in which branches read them
  std::size_t table = 0;     // in Plan::tables
  std::size_t part = 0;      // in its parts
  std::uint64_t first_page = 0;
  std::uint64_t page_count = 0;
  std::uint64_t bytes = 0;  // of the part's, about
  bool is_last = false;     // of its part: it has no upper bound
};

// An SQL condition: the transaction that made the row version is in the snapshot `visible`.
std::string was_visible(const pg::Connection& connection, const std::string& visible);

struct Plan {
  std::vector<PlannedTable> tables;
  std::vector<Range> ranges;

  // False when its table or partition was dropped.
  bool exists(const Range& range) const;
  // The statement that copies a range: every row that the transaction sees there, or, with a
  // snapshot in `visible`, those of them that it saw as well.
  std::string copy_statement(const pg::Connection& connection, const Range& range,
                             const std::string& visible) const;
};

// Describes `tables` and cuts them up. Called in a transaction that has them locked. Invalid when
// one is gone, or when all together are larger than there are numbers for. `options` names the
// publications: columns that they leave out are not copied.
Result<Plan> make_plan(pg::Connection& connection, const pg::Options& options,
                       const std::vector<pg::SourceTable>& tables, std::uint64_t range_bytes);

// The same ranges under the same numbers, by a later process, of the tables as they are now.
Result<Plan> resume_plan(pg::Connection& connection, const pg::Options& options,
                         const Memory& memory);

// How many ranges that makes, without asking the server.
std::uint64_t count_ranges(const Memory& memory);

// What resume_plan() needs.
void remember(const Plan& plan, Memory& memory);

}  // namespace slotcast::snapshot
