#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lib/change/change.h"
#include "lib/sql/expression.h"

namespace slotcast::sql {

// The columns of the tables that routes are about, as far as they are known: from the server's
// catalog, or from what the log says of them. A route over several tables may name columns that
// only some of them have.
//
// Branches are at different places of the log: one that lags reads versions of a table that are of
// the past for another. What counts is the latest, whoever came to it first.
//
// Threads: any.
class KnownTables {
 public:
  // `seen`: of a change that was made under this version. One of whose types the catalog said
  // nothing, as of a dead letter, adds nothing.
  void add(const Relation& relation, const ChangeId& seen);
  // As the server's catalog has it, when its WAL ended at `at` or little later.
  void add_at_server(const Relation& relation, Lsn at);
  // The server's catalog was read: what is not known now does not exist.
  void complete();
  bool is_complete() const;

  // What a route may name of `relation`, which one of the tables that match is: its own columns,
  // and those that only others have, or it has by now: when a publication left them out, or they
  // were added since. An enum has the labels that were added since.
  using Matches = std::function<bool(const std::string& schema, const std::string& table)>;
  Scope scope_for(const Matches& matches, const Relation& relation) const;

 private:
  struct Version {
    ChangeId seen;
    std::vector<ScopeColumn> columns;
  };
  struct Table {
    std::string schema;
    std::string name;
    std::optional<Version> logged;
    std::optional<Version> at_server;
  };
  struct Labels {
    std::vector<std::string> labels;
    bool is_at_server = false;
  };

  Table& table_of(const Relation& relation);
  void note_labels(const std::vector<ScopeColumn>& columns, bool is_at_server);
  void add_labels(std::vector<ScopeColumn>& columns) const;

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::map<std::string, Table> tables_;    // by full name
  std::map<std::uint32_t, Labels> enums_;  // by type
  bool is_complete_ = false;
};

}  // namespace slotcast::sql
