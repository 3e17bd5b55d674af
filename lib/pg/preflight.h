#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/pg/publication.h"
#include "lib/pg/server_facts.h"

// What `check --live` asks the server. Only the catalog is read, nothing is changed, and no table's
// lock is waited for longer than two seconds.

namespace slotcast::pg {

// Of something that the server has a number of.
struct Budget {
  std::int64_t most = -1;  // -1: as many as one likes
  std::int64_t used = 0;   // not counting us

  bool has_room_for(std::int64_t wanted) const { return most < 0 || most - used >= wanted; }
};

struct RoleFacts {
  std::string name;
  bool may_replicate = false;        // by attribute, as superuser, or through rds_replication
  bool may_create = false;           // in this database: publications
  bool has_rds_replication = false;  // the server has that role: Amazon's, where settings are
                                     // made in a parameter group
  std::string may_not_execute;       // of what we call: the function's signature
};

struct InstanceFacts {
  int version = 0;           // as 150018
  std::string version_text;  // as the server writes it
  std::string database;
  RoleFacts role;
  bool in_recovery = false;
  std::string wal_level;
  Budget slots;
  std::string idle_slots;  // names of those that nobody reads
  Budget senders;
  Budget connections;           // of the server, without those reserved for others
  Budget role_connections;      // senders count here as well
  Budget database_connections;  // and here
  std::string wal_keep_size;    // max_slot_wal_keep_size: "10GB", or "-1" without a limit
  std::string idle_timeout;  // idle_replication_slot_timeout: empty before 18, or "0", without one
};

// A relation that a route may name; the lists are ready to be printed.
struct TableFacts {
  SourceTable source;
  std::uint32_t oid = 0;
  std::uint32_t parent = 0;  // of a partition, or of a table that inherits; 0 without
  char kind = 'r';           // pg_class.relkind
  bool is_unlogged = false;
  bool is_partition = false;
  bool is_publishable = false;
  char replica_identity = 'd';
  std::string identity_index;  // that is in force, with its columns
  std::string identity_columns;
  bool identity_is_primary = false;
  std::string wide_columns;  // of the identity: values of any length
  std::string primary_key;   // its columns
  bool primary_key_is_deferrable = false;
  std::string better_index;  // another one that could be the identity
  std::string generated_columns;
  bool is_narrowed = false;  // a row filter or a column list in one of our publications
  bool is_owner = false;     // the role may add it to a publication
  // With all partitions:
  std::uint64_t partitions = 0;
  std::uint64_t bytes = 0;
  std::int64_t rows = -1;               // the planner's; -1 before the first ANALYZE
  bool is_row_security_active = false;  // for this role
  std::string unreadable;               // without SELECT, quoted
  std::string closed_schemas;           // without USAGE, quoted
  std::string without_identity;         // the first of the partitions without one, quoted
};

struct PreflightFacts {
  InstanceFacts instance;
  std::optional<SlotFacts> slot;
  Publications publications;
  std::vector<TableFacts> tables;
  bool sizes_are_estimates = false;  // a lock was in the way; as of the last VACUUM
  // From a replication connection; nothing when there was none to be had.
  std::optional<ServerFacts> replication;
  std::string replication_error;
};

// Transient when the server cannot be reached or does not answer in time. What the role may not do
// is in the facts, except that it cannot connect at all: Invalid.
Result<PreflightFacts> read_preflight(const Options& options);

// Parts of it.
Result<InstanceFacts> read_instance(Connection& connection);
Status read_table_facts(Connection& connection, const Options& options, PreflightFacts& facts);

}  // namespace slotcast::pg
