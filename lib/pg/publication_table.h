#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "lib/change/relation.h"
#include "lib/pg/connection.h"
#include "lib/pg/publication.h"

// One table in a publication: which columns and rows of it are sent. Both are new in PostgreSQL 15.
// Source: PostgreSQL documentation, CREATE PUBLICATION and ALTER PUBLICATION.

namespace slotcast::pg {

inline constexpr int kNarrowsSince = 150000;

struct Narrowing {
  std::string columns;  // a list as SQL has it, "a", "b", in the table's order; empty: all
  std::string filter;   // an expression; empty: all rows

  bool is_plain() const { return columns.empty() && filter.empty(); }
  bool operator==(const Narrowing&) const = default;
};

struct PublishedTable {
  std::string publication;
  SourceTable table;    // what has_identity says is not asked
  bool is_own = false;  // listed by itself, not with its schema or all tables
  Narrowing narrowing;  // the filter as the server prints it

  std::string name() const { return publication + " " + table.full_name(); }
};

// What is in our publications. Nothing is narrowed before 15.
Result<std::vector<PublishedTable>> read_published_tables(Connection& connection,
                                                          const Options& options);

std::string columns_text(const std::vector<std::string>& columns);
// Takes the table out and puts it in again: for one transaction, so that no change is missed.
std::string narrow_ddl(const std::string& publication, const SourceTable& table,
                       const Narrowing& narrowing);
// To be run in front of it where more is sent from then on: servers of the version may overlook the
// change as long as a transaction that has written to the table goes on. Waits for those, and keeps
// others from writing meanwhile. Empty where that was mended.
std::string wait_for_writers(int server_version, const SourceTable& table);
// The same, with the transaction, for people: statement by statement, and as one line.
std::vector<std::string> narrow_statements(const std::string& publication, const SourceTable& table,
                                           const Narrowing& narrowing);
std::string narrow_script(const std::string& publication, const SourceTable& table,
                          const Narrowing& narrowing);
// What the server says against it, asked with a publication that is never committed; empty when it
// takes it. Errors: Transient, also when a lock on the table is not given up within `patience`.
Result<std::string> find_refusal(Connection& connection, const Options& options,
                                 const SourceTable& table, const Narrowing& narrowing,
                                 Duration patience);

// Takes out of `relation`, which has all of them, the columns that are not published.
Status keep_published(Connection& connection, const Options& options, Relation& relation);

// The replica identities that a table's rows are checked by: its own, or each partition's.
struct Identities {
  bool has_full = false;
  std::set<std::string> in_every;  // columns; with FULL all count, and are not listed
  std::set<std::string> in_any;
  bool is_every_full = true;  // no column is left out of in_every
  bool is_partitioned = false;
};
Result<std::map<std::uint32_t, Identities>> read_identities(Connection& connection,
                                                            const std::set<std::uint32_t>& tables);

}  // namespace slotcast::pg
