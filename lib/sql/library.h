#pragma once

#include <string_view>
#include <vector>

#include "lib/sql/builtin.h"

// All families together: what a name or a pair of kinds stands for. Threads: any.

namespace slotcast::sql {

// Every function or operator of that name, whatever its arguments.
const std::vector<const Function*>& functions_named(std::string_view name);
// Null when there is none.
const Cast* find_cast(Kind from, Kind to);
const TypeRoutines& routines_of(Kind kind);
// The kind that "int8" or "varchar" names in a cast (pg_type.typname); Unknown for any other.
Kind kind_named(std::string_view name);

// PostgreSQL's type categories (pg_type.typcategory), and whether the kind is its category's
// preferred one.
char category_of(Kind kind);
bool is_preferred(Kind kind);

}  // namespace slotcast::sql
