#pragma once

#include <cstdint>
#include <string_view>

#include "lib/change/relation.h"

namespace slotcast::pgoutput {

// How the text of a built-in type may be written elsewhere; Text for every other oid. The oids are
// PostgreSQL's own and never change (src/include/catalog/pg_type.dat).
TypeClass type_class_of(std::uint32_t type_oid);

// The built-in type of that name (pg_type.typname); 0 for those without a class of their own.
std::uint32_t oid_of_built_in(std::string_view name);

}  // namespace slotcast::pgoutput
