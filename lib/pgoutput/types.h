#pragma once

#include <cstdint>

#include "lib/change/relation.h"

namespace slotcast::pgoutput {

// How the text of a built-in type may be written elsewhere; Text for every other oid. The oids are
// PostgreSQL's own and never change (src/include/catalog/pg_type.dat).
TypeClass type_class_of(std::uint32_t type_oid);

}  // namespace slotcast::pgoutput
