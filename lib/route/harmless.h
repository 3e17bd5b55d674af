#pragma once

#include <optional>

#include "lib/sql/expression.h"

namespace slotcast::route {

// A filter in a publication is asked by the server for every row, and one that fails for a single
// row ends the stream, at every attempt again. So only what cannot fail, whatever the row, goes
// there: comparisons, IS NULL, IN, BETWEEN and LIKE of columns and constants of types that compare
// without a conversion that may fail, and AND, OR, NOT of them.
//
// Nothing when `condition` is such a filter over the scope's own columns; else what is not.
std::optional<sql::Complaint> find_harm(const sql::Syntax& condition, const sql::Scope& scope);

}  // namespace slotcast::route
