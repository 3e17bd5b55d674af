#pragma once

#include <string>

#include "lib/change/relation.h"

namespace slotcast::kafka {

// As java.sql.Types numbers them; what it has none for is a VARCHAR.
int jdbc_type_of(const Column& column);

// As PostgreSQL calls it, "character varying".
std::string type_name_of(const Column& column);

}  // namespace slotcast::kafka
