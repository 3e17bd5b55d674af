#pragma once

#include "lib/change/relation.h"
#include "lib/sql/expression.h"

namespace slotcast::sql {

// A domain is as its base type, under its own name where that is all that is known of it. A text of
// which the catalog said nothing is as one whose order only the server knows.
Type type_of(const Column& column);

// Without absent columns.
Scope scope_of(const Relation& relation);

}  // namespace slotcast::sql
