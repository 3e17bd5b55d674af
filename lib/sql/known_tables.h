#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "lib/change/relation.h"
#include "lib/sql/expression.h"

namespace slotcast::sql {

// The columns of the tables that routes are about, as far as they are known: from the server's
// catalog, or from what the log says of them. A route over several tables may name columns that
// only some of them have.
//
// Threads: any.
class KnownTables {
 public:
  // A later definition takes the place of an earlier one.
  void add(const Relation& relation);
  // As the server's catalog has it now.
  void add_at_server(const Relation& relation);
  // The server's catalog was read: what is not known now does not exist.
  void complete();
  bool is_complete() const;

  // The columns of the tables that match, without those that `relation` has. Its own table may have
  // more by now, at the server: when a publication left them out, or they were added since.
  using Matches = std::function<bool(const std::string& schema, const std::string& table)>;
  std::vector<ScopeColumn> others(const Matches& matches, const Relation& relation) const;

 private:
  struct Table {
    std::string schema;
    std::string name;
    std::uint64_t version = 0;  // of the relation
    std::vector<ScopeColumn> columns;
    std::vector<ScopeColumn> at_server;  // all of them; empty when it was not asked
  };

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::map<std::string, Table> tables_;  // by full name
  bool is_complete_ = false;
};

}  // namespace slotcast::sql
