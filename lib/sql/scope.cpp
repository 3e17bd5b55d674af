#include "lib/sql/scope.h"

namespace slotcast::sql {
namespace {

Collation collation_of(const Column& column, Kind kind) {
  if (!is_text(kind)) return kind == Kind::Other ? column.collation : Collation::None;
  return column.collation == Collation::None ? Collation::Equality : column.collation;
}

}  // namespace

Type type_of(const Column& column) {
  Type type;
  type.oid = column.base_oid != 0 ? column.base_oid : column.type_oid;
  type.modifier = column.base_oid != 0 ? column.base_modifier : column.type_modifier;
  type.kind = column.base_kind == 'e' ? Kind::Enum : kind_of_oid(type.oid);
  type.collation = collation_of(column, type.kind);
  if (column.words && (type.kind == Kind::Enum || type.kind == Kind::Other)) {
    type.name = column.words->name;
    type.enum_labels = column.words->enum_labels;
  }
  return type;
}

Scope scope_of(const Relation& relation) {
  Scope scope;
  for (const Column& column : relation.columns) {
    scope.columns.push_back({column.name, type_of(column)});
  }
  return scope;
}

}  // namespace slotcast::sql
