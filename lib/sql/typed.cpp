#include "lib/sql/typed.h"

#include <algorithm>

#include "lib/base/ensure.h"
#include "lib/sql/value_nodes.h"

namespace slotcast::sql {

const Value& value_of(const Typed& typed) {
  ENSURE(typed.is_constant);
  return static_cast<const ConstantNode&>(*typed.node).value();
}

bool is_null(const Typed& typed) {
  return typed.is_constant && value_of(typed).is_null();
}

bool are_constants(const std::vector<Typed>& typed) {
  return std::all_of(typed.begin(), typed.end(),
                     [](const Typed& each) { return each.is_constant; });
}

}  // namespace slotcast::sql
