#pragma once

#include <string>

#include "lib/pg/source_relation.h"
#include "lib/route/router.h"

namespace slotcast {

// An UPDATE need not repeat long values: a filter cannot be asked then, a value not be made of
// them, and a row that enters the filter is not whole. A sentence about the first column of the
// table for which that may happen, with its place in the configuration; empty when there is none.
// Pure.
std::string find_hazard(const pg::SourceRelation& table, const route::Way& way);

// What a route says of columns that the server does not send: they would be NULL. A sentence with
// its place, or "".
std::string find_unsent(const pg::SourceRelation& table, const route::Route& route);

}  // namespace slotcast
