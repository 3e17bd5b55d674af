#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "lib/change/relation.h"
#include "lib/route/router.h"

// What a publication may leave out of a table without any route missing it. Pure.
//
//     routes with where and select ─┐
//     table, replica identities ────┴▶ find_pushdown() ─▶ columns, filter, and why not more
//
// Source: PostgreSQL documentation, "Logical Replication", "Row Filters" and "Column Lists", and
// CREATE PUBLICATION.

namespace slotcast::route {

// A table as it may be published.
struct Publishable {
  Relation relation;          // with all columns that the stream could have
  bool sends_updates = true;  // and deletes: it is in the publication of tables with an identity
  bool is_partitioned = false;
  // By the replica identity that rows are checked by: the table's, or that of each partition. With
  // FULL every column counts.
  std::set<std::string> in_every_identity;
  std::set<std::string> in_any_identity;
  bool has_full_identity = false;  // the table's, or that of a partition
};

struct Pushdown {
  std::vector<std::string> columns;  // in the table's order; empty: all
  std::string filter;                // SQL; empty: all rows
  // What the routes ask for, as far as the table has it, whether it may be pushed down or not.
  std::vector<std::string> needed_columns;  // those of the key among them; empty: all
  std::string needed_filter;                // empty: all rows
  // The clauses of the routes that are about the table: the same text, the same wishes.
  std::string clauses;
  // Why nothing is left out, or not as much as the routes leave out; one sentence each.
  std::vector<std::string> why_not;
};

// `routes`: those of all sinks. A table that none is about keeps all.
Pushdown find_pushdown(const std::vector<Route>& routes, const Publishable& table);

}  // namespace slotcast::route
