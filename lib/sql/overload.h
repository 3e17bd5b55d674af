#pragma once

#include <vector>

#include "lib/sql/library.h"

// Which function is meant where several have the same name.
// Source: PostgreSQL documentation, chapter "Type Conversion", sections "Operators", "Functions".

namespace slotcast::sql {

struct Choice {
  const Function* function = nullptr;  // null: none fits, or
  bool is_ambiguous = false;           // several do
};

// `is_operator`: of two arguments one of which is a literal, both are first taken for one type.
Choice choose_function(std::string_view name, const std::vector<Kind>& arguments, bool is_operator);

// Whether a value of `from` becomes one of `to` where it is used, without a cast.
bool converts_by_itself(Kind from, Kind to);

}  // namespace slotcast::sql
