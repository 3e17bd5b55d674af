#include "lib/change/catalog.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "lib/change/types.h"

namespace slotcast {
namespace {

void apply(const CatalogColumn& told, Column& column) {
  column.type_class = type_class_of(told.base_oid);
  column.base_oid = told.base_oid;
  // Only a base type can be given a modifier where it is used.
  column.base_modifier = column.type_modifier != -1 ? column.type_modifier : told.base_modifier;
  column.base_kind = told.base_kind;
  column.collation = told.collation;
}

}  // namespace

bool is_collation(char letter) {
  return std::string_view("-cdn").find(letter) != std::string_view::npos;
}

void apply(const Catalog& catalog, Relation& relation) {
  relation.is_full_in_part = catalog.is_full_in_part;
  const auto& key = catalog.primary_key;
  for (Column& column : relation.columns) {
    column.is_primary_key = std::find(key.begin(), key.end(), column.name) != key.end();
  }
  if (catalog.columns.size() != relation.columns.size()) return;
  // Most columns of a table have one of a few types.
  std::map<std::uint32_t, std::shared_ptr<const TypeWords>> words;
  for (std::size_t i = 0; i < relation.columns.size(); ++i) {
    const CatalogColumn& told = catalog.columns[i];
    Column& column = relation.columns[i];
    apply(told, column);
    auto& shared = words[column.type_oid];
    TypeWords own{told.type_name, told.enum_labels};
    if (!shared || *shared != own) shared = std::make_shared<const TypeWords>(std::move(own));
    column.words = shared;
  }
}

}  // namespace slotcast
