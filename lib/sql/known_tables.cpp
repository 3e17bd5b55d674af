#include "lib/sql/known_tables.h"

#include <algorithm>

#include "lib/sql/scope.h"

namespace slotcast::sql {
namespace {

bool has_column(const std::vector<ScopeColumn>& columns, const std::string& name) {
  return std::any_of(columns.begin(), columns.end(),
                     [&](const ScopeColumn& each) { return each.name == name; });
}

}  // namespace

void KnownTables::add(const Relation& relation) {
  const std::lock_guard lock(mutex_);
  Table& table = tables_[relation.full_name()];
  if (table.version == relation.version) return;
  table.schema = relation.schema;
  table.name = relation.table;
  table.version = relation.version;
  table.columns = scope_of(relation).columns;
}

void KnownTables::add_at_server(const Relation& relation) {
  add(relation);
  const std::lock_guard lock(mutex_);
  tables_[relation.full_name()].at_server = scope_of(relation).columns;
}

void KnownTables::complete() {
  const std::lock_guard lock(mutex_);
  is_complete_ = true;
}

bool KnownTables::is_complete() const {
  const std::lock_guard lock(mutex_);
  return is_complete_;
}

std::vector<ScopeColumn> KnownTables::others(const Matches& matches,
                                             const Relation& relation) const {
  std::vector<ScopeColumn> columns;
  const std::vector<ScopeColumn> own = scope_of(relation).columns;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, table] : tables_) {
    if (!matches(table.schema, table.name)) continue;
    const bool is_itself = name == relation.full_name();
    for (const ScopeColumn& column : is_itself ? table.at_server : table.columns) {
      if (has_column(own, column.name) || has_column(columns, column.name)) continue;
      columns.push_back(column);
    }
  }
  return columns;
}

}  // namespace slotcast::sql
