#pragma once

#include <set>
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

// What each of the two sends, as `publish` lists it.
inline constexpr const char* kPublishAll = "insert, update, delete, truncate";
inline constexpr const char* kPublishInserts = "insert";

struct Publication {
  bool exists = false;
  std::string publish;
  bool via_root = false;         // a partition's changes come as those of the whole table
  std::set<std::string> tables;  // "schema.table"
};

struct Publications {
  Publication main;
  Publication insert;

  bool has(const std::string& full_name) const {
    return main.tables.count(full_name) + insert.tables.count(full_name) > 0;
  }
};

Result<Publications> read_publications(Connection& connection, const Options& options);

// The statements that make both publications for `tables`: what a DBA would run.
std::vector<std::string> publication_ddl(const Options& options,
                                         const std::vector<SourceTable>& tables);
// The one that adds a table to the publication it belongs into.
std::string add_table_ddl(const Options& options, const SourceTable& table);

// Runs them in one transaction. Invalid, with the statements, when the role may not; Transient, and
// nothing made, when a lock on a table keeps them longer than `patience`.
Status create_publications(Connection& connection, const Options& options,
                           const std::vector<SourceTable>& tables,
                           Duration patience = std::chrono::seconds(20));

}  // namespace slotcast::pg
