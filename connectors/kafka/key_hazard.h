#pragma once

#include <string>
#include <vector>

#include "lib/change/relation.h"

namespace slotcast::kafka {

// Whether messages of a table under that key may be left standing: an UPDATE of a column of the key
// takes the old key away only where the server sends the old value. A sentence that says which
// column it is and what to do; empty when all is well. A key that the table does not have is not
// for here. Pure.
std::string find_key_hazard(const Relation& relation, const std::vector<std::string>& key);

}  // namespace slotcast::kafka
