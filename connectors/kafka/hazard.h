#pragma once

#include <string>
#include <vector>

#include "connectors/kafka/options.h"
#include "lib/change/relation.h"

// What a sink cannot keep right of a table as the server sends it: a sentence that says which
// column it is and what to do; empty when all is well. All pure.

namespace slotcast::kafka {

// Of a table under that key messages may be left standing: an UPDATE of a column of the key takes
// the old key away only where the server sends the old value. A key that the table does not have is
// not for here.
std::string find_key_hazard(const Relation& relation, const std::vector<std::string>& key);

// Rows for which the column that chooses the partition is not sent go nowhere.
std::string find_partition_hazard(const Relation& relation, const std::string& column);

// Either, as far as the options ask for it.
std::string find_hazard(const Options& options, const Relation& relation);

}  // namespace slotcast::kafka
