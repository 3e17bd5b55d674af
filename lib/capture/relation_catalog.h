#pragma once

#include "lib/change/relation.h"
#include "lib/pg/connection.h"
#include "lib/pgoutput/catalog.h"

namespace slotcast::capture {

// What the catalog says of an announced relation, as a Catalog record keeps it.
Result<pgoutput::Catalog> read_catalog(pg::Connection& connection, const Relation& relation);

}  // namespace slotcast::capture
