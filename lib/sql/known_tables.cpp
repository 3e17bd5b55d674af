#include "lib/sql/known_tables.h"

#include <algorithm>
#include <limits>

#include "lib/sql/scope.h"

namespace slotcast::sql {
namespace {

bool has_column(const std::vector<ScopeColumn>& columns, const std::string& name) {
  return std::any_of(columns.begin(), columns.end(),
                     [&](const ScopeColumn& each) { return each.name == name; });
}

void add_missing(const std::vector<std::string>& more, std::vector<std::string>& labels) {
  for (const std::string& label : more) {
    const bool is_new = std::find(labels.begin(), labels.end(), label) == labels.end();
    if (is_new) labels.push_back(label);
  }
}

}  // namespace

KnownTables::Table& KnownTables::table_of(const Relation& relation) {
  Table& table = tables_[relation.full_name()];
  table.schema = relation.schema;
  table.name = relation.table;
  return table;
}

// A value that is added to an enum makes no new version of a table: what the log says of it is of
// some time before, and only the server knows the labels of now.
void KnownTables::note_labels(const std::vector<ScopeColumn>& columns, bool is_at_server) {
  for (const ScopeColumn& column : columns) {
    if (column.type.kind != Kind::Enum) continue;
    Labels& known = enums_[column.type.oid];
    if (known.is_at_server && !is_at_server) continue;
    if (is_at_server && !known.is_at_server) known.labels.clear();
    known.is_at_server = is_at_server;
    add_missing(column.type.enum_labels, known.labels);
  }
}

void KnownTables::add_labels(std::vector<ScopeColumn>& columns) const {
  for (ScopeColumn& column : columns) {
    if (column.type.kind != Kind::Enum) continue;
    const auto known = enums_.find(column.type.oid);
    if (known != enums_.end()) add_missing(known->second.labels, column.type.enum_labels);
  }
}

void KnownTables::add(const Relation& relation, const ChangeId& seen) {
  const bool is_told = std::all_of(relation.columns.begin(), relation.columns.end(),
                                   [](const Column& column) { return column.base_oid != 0; });
  if (!is_told) return;
  std::vector<ScopeColumn> columns = scope_of(relation).columns;
  const std::lock_guard lock(mutex_);
  note_labels(columns, false);
  Table& table = table_of(relation);
  const bool is_later = !table.logged || table.logged->seen < seen;
  if (is_later) table.logged = {seen, std::move(columns)};
}

void KnownTables::add_at_server(const Relation& relation, Lsn at) {
  std::vector<ScopeColumn> columns = scope_of(relation).columns;
  const std::lock_guard lock(mutex_);
  note_labels(columns, true);
  const ChangeId seen{at, std::numeric_limits<std::uint64_t>::max()};
  table_of(relation).at_server = {seen, std::move(columns)};
}

void KnownTables::complete() {
  const std::lock_guard lock(mutex_);
  is_complete_ = true;
}

bool KnownTables::is_complete() const {
  const std::lock_guard lock(mutex_);
  return is_complete_;
}

// The server's columns count beside those of a later version: it may lack some only because the
// publication left them out.
Scope KnownTables::scope_for(const Matches& matches, const Relation& relation) const {
  Scope scope = scope_of(relation);
  const std::lock_guard lock(mutex_);
  for (const auto& [name, table] : tables_) {
    if (!matches(table.schema, table.name)) continue;
    const bool is_past =
        table.logged && table.at_server && table.logged->seen < table.at_server->seen;
    for (const auto* version : {&table.logged, &table.at_server}) {
      if (!*version || (is_past && version == &table.logged)) continue;
      for (const ScopeColumn& column : (*version)->columns) {
        const bool is_there =
            has_column(scope.columns, column.name) || has_column(scope.absent, column.name);
        if (!is_there) scope.absent.push_back(column);
      }
    }
  }
  add_labels(scope.columns);
  add_labels(scope.absent);
  return scope;
}

}  // namespace slotcast::sql
