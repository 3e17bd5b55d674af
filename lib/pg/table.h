#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/change/relation.h"
#include "lib/pg/connection.h"

namespace slotcast::pg {

// A file of rows: an ordinary table, or one partition of a partitioned one.
struct TablePart {
  std::uint32_t oid = 0;
  std::uint32_t file = 0;  // its filenode, as the transaction sees it: another one after a rewrite
  std::string name;        // quoted, as SQL wants it
  std::uint64_t pages = 0;
  std::uint64_t bytes = 0;           // with what its rows have in TOAST
  std::uint64_t rows_estimated = 0;  // the planner's
};

// A table as it would be announced in the stream, and where its rows are.
struct Table {
  Relation relation;             // as read_announced() gives it
  bool has_long_values = false;  // may have: an update need not repeat them (TOAST)
  std::vector<TablePart> parts;
};

// Describes the published table. Called in a transaction that holds a lock on it, it stays true
// until that ends. Invalid when there is none of that name.
Result<Table> read_table(Connection& connection, const std::string& schema,
                         const std::string& table);

// Where the rows of one part are by now; nothing when it is gone.
Result<std::optional<TablePart>> read_table_part(Connection& connection, std::uint32_t oid);

// The columns for a SELECT, quoted: those the stream has, in its order.
std::string column_list(const Connection& connection, const Relation& relation);

}  // namespace slotcast::pg
