#pragma once

#include <map>
#include <set>
#include <string>

#include "lib/change/catalog.h"
#include "lib/pg/connection.h"

namespace slotcast::pg {

// By pg_type.oid, as a column of that type without a collation of its own has them.
using TypeFacts = std::map<std::uint32_t, CatalogColumn>;

// Follows domains down to their base type, however deep. A type that was dropped is not in it.
Result<TypeFacts> read_type_facts(Connection& connection, const std::set<std::uint32_t>& types);

// A subquery: the class, as Collation has it, of every collation (oid) of this database.
std::string collation_classes();

// "{1,2}", to be cast to oid[].
std::string oid_array(const std::set<std::uint32_t>& oids);

}  // namespace slotcast::pg
