#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lib/pg/connection.h"

// What the server publishes for us. Tables are listed one by one, never FOR ALL TABLES. A table
// without a usable replica identity must not be published for UPDATE and DELETE, since the
// application's own statements would then fail: such tables go into a second publication, for
// inserts only.
// Source: PostgreSQL documentation, "Logical Replication", "Publication".

namespace slotcast::pg {

struct SourceTable {
  std::string schema;
  std::string table;
  bool has_identity = false;  // its UPDATE and DELETE may be published

  std::string full_name() const { return schema + "." + table; }
};

// All tables that can be published: ordinary and partitioned ones, a partitioned table standing for
// its partitions; no temporary, unlogged or system tables.
Result<std::vector<SourceTable>> list_tables(Connection& connection);

struct Publications {
  bool main_exists = false;
  bool insert_exists = false;
  std::vector<std::string> tables;  // "schema.table" of both together
};

Result<Publications> read_publications(Connection& connection, const Options& options);

// The statements that make both publications for `tables`: what a DBA would run.
std::vector<std::string> publication_ddl(const Connection& connection, const Options& options,
                                         const std::vector<SourceTable>& tables);

// Runs them in one transaction. Invalid, with the statements, when the role may not; Transient, and
// nothing made, when a lock on a table keeps them longer than `patience`.
Status create_publications(Connection& connection, const Options& options,
                           const std::vector<SourceTable>& tables,
                           Duration patience = std::chrono::seconds(20));

}  // namespace slotcast::pg
