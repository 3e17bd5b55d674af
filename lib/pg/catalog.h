#pragma once

#include "lib/change/catalog.h"
#include "lib/pg/connection.h"
#include "lib/pg/type_facts.h"

namespace slotcast::pg {

// What the catalog says of an announced relation, as a Catalog record keeps it. The catalog is
// today's, the message may be yesterday's: of a column that was dropped, renamed or retyped since,
// what its type says holds, and a type dropped since is told by its oid alone.
Result<Catalog> read_catalog(Connection& connection, const Relation& relation);

// The same of what was read already: `now` is the table as it is.
Catalog catalog_of(const Relation& relation, const TypeFacts& types, const Relation& now);

}  // namespace slotcast::pg
