#include "lib/capture/relation_catalog.h"

#include "lib/pg/catalog.h"

namespace slotcast::capture {

Result<pgoutput::Catalog> read_catalog(pg::Connection& connection, const Relation& relation) {
  std::vector<std::uint32_t> types;
  for (const Column& column : relation.columns) types.push_back(column.type_oid);
  auto facts = pg::read_relation_facts(connection, relation.id, types);
  if (!facts.ok()) return facts.error().prefixed("catalog of " + relation.full_name());
  pgoutput::Catalog catalog;
  for (auto& column : facts.value().columns) {
    catalog.columns.push_back({std::move(column.type_name), column.kind, column.base_oid,
                               column.element_oid, std::move(column.enum_labels)});
  }
  catalog.primary_key = std::move(facts.value().primary_key);
  catalog.is_full_in_part = facts.value().is_full_in_part;
  return catalog;
}

}  // namespace slotcast::capture
