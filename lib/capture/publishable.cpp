#include "lib/capture/publishable.h"

#include <algorithm>
#include <set>
#include <utility>

#include "lib/pg/source_relation.h"

namespace slotcast::capture {
namespace {

std::set<std::string> names_in(const std::string& columns) {
  std::set<std::string> names;
  std::string name;
  bool is_quoted = false;
  for (const char c : columns) {
    if (c == '"') is_quoted = !is_quoted;
    if (is_quoted || c == '"') name += c;
    if (is_quoted || c != ',') continue;
    names.insert(std::exchange(name, ""));
  }
  if (!name.empty()) names.insert(name);
  return names;
}

}  // namespace

Result<std::map<std::string, route::Publishable>> read_publishables(
    pg::Connection& sql, const std::vector<pg::SourceTable>& tables) {
  TRY_ASSIGN(auto relations, pg::read_relations(sql, tables));
  std::set<std::uint32_t> oids;
  for (const auto& each : relations) oids.insert(each.relation.id.oid);
  TRY_ASSIGN(auto identities, pg::read_identities(sql, oids));
  std::map<std::string, route::Publishable> found;
  for (auto& each : relations) {
    route::Publishable table;
    pg::Identities& identity = identities[each.relation.id.oid];
    table.is_partitioned = identity.is_partitioned;
    table.has_full_identity = identity.has_full;
    table.in_any_identity = std::move(identity.in_any);
    table.in_every_identity = std::move(identity.in_every);
    for (const Column& column : each.relation.columns) {
      if (identity.is_every_full) table.in_every_identity.insert(column.name);
    }
    const std::string name = each.relation.full_name();
    table.relation = std::move(each.relation);
    found[name] = std::move(table);
  }
  return found;
}

pg::Narrowing narrowing_of(const route::Pushdown& pushdown) {
  return {pg::columns_text(pushdown.columns), pushdown.filter};
}

bool has_columns(const std::string& sent, const std::string& needed) {
  if (sent.empty()) return true;
  if (needed.empty()) return false;
  const auto all = names_in(sent), some = names_in(needed);
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

bool covers_identity(const pg::Narrowing& now, const route::Publishable& table) {
  if (!table.sends_updates || now.columns.empty()) return true;
  const std::vector<std::string> identity(table.in_any_identity.begin(),
                                          table.in_any_identity.end());
  return !table.has_full_identity && has_columns(now.columns, pg::columns_text(identity));
}

}  // namespace slotcast::capture
