#include "lib/pg/catalog.h"

#include <algorithm>

#include "lib/pg/source_relation.h"

namespace slotcast::pg {
namespace {

// As a column of a type of which nothing is known any more.
CatalogColumn unknown(std::uint32_t type) {
  CatalogColumn facts;
  facts.base_oid = type;
  facts.collation = Collation::Equality;
  return facts;
}

Result<Catalog> read(Connection& connection, const Relation& relation) {
  std::set<std::uint32_t> types;
  for (const Column& column : relation.columns) types.insert(column.type_oid);
  TRY_ASSIGN(const TypeFacts facts, read_type_facts(connection, types));
  TRY_ASSIGN(const Relation now, read_every_column(connection, relation.id));
  return catalog_of(relation, facts, now);
}

}  // namespace

Catalog catalog_of(const Relation& relation, const TypeFacts& types, const Relation& now) {
  Catalog catalog;
  for (const Column& column : relation.columns) {
    const auto type = types.find(column.type_oid);
    auto& facts =
        catalog.columns.emplace_back(type == types.end() ? unknown(column.type_oid) : type->second);
    const auto same = std::find_if(now.columns.begin(), now.columns.end(), [&](const Column& one) {
      return one.name == column.name && one.type_oid == column.type_oid;
    });
    if (same != now.columns.end()) facts.collation = same->collation;
  }
  for (const Column& column : now.columns) {
    if (column.is_primary_key) catalog.primary_key.push_back(column.name);
  }
  catalog.is_full_in_part = now.is_full_in_part;
  return catalog;
}

Result<Catalog> read_catalog(Connection& connection, const Relation& relation) {
  auto catalog = read(connection, relation);
  if (!catalog.ok()) return catalog.error().prefixed("catalog of " + relation.full_name());
  return catalog;
}

}  // namespace slotcast::pg
