#pragma once

#include <cstdint>
#include <string_view>

#include "lib/change/relation.h"

namespace slotcast {

// Of the built-in types alone, whose oids are PostgreSQL's own and never change
// (src/include/catalog/pg_type.dat).

// "integer"
std::string_view name_of(TypeClass type_class);

// How the text of a built-in type may be written elsewhere; Text for every other oid.
TypeClass type_class_of(std::uint32_t type_oid);

// Whether it has collations.
bool is_text_type(std::uint32_t type_oid);

// The built-in type of that name (pg_type.typname); 0 for those that cells are not read as.
std::uint32_t oid_of_built_in(std::string_view name);

}  // namespace slotcast
