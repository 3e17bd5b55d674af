#include "lib/capture/publishable.h"

#include <set>

#include "lib/pg/source_relation.h"

namespace slotcast::capture {

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

}  // namespace slotcast::capture
