#pragma once

#include <vector>

#include "lib/change/relation.h"
#include "lib/pg/publication.h"

namespace slotcast::pg {

// A table as the stream would announce it now, asked of the catalog instead of the stream.
struct SourceRelation {
  Relation relation;  // the version is 0
  // For each column: a value may be stored out of line (TOAST), and then an update that leaves it
  // as it is need not repeat it.
  std::vector<bool> may_be_long;
  // Generated columns, which the server does not send.
  std::vector<std::string> unsent;
};

// All that a branch would know of them: as a Relation message and its Catalog record would say
// together. In the order of `tables`; one that does not exist is left out. A few queries, however
// many tables there are; no table's lock is waited for.
Result<std::vector<SourceRelation>> read_relations(Connection& connection,
                                                   const std::vector<SourceTable>& tables);

// Parts of it: what the Relation message says, and of what the Catalog record says the primary key,
// the columns' own collations and is_full_in_part.
Result<std::vector<SourceRelation>> read_announced(Connection& connection,
                                                   const std::vector<SourceTable>& tables);
// The same with generated columns, which a later version may announce. Without a column when there
// is no table of that oid.
Result<Relation> read_every_column(Connection& connection, RelationId id);

}  // namespace slotcast::pg
