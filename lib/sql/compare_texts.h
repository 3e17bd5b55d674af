#pragma once

#include "lib/sql/builtin.h"

namespace slotcast::sql {

// A comparison operator over whatever a Value holds as text: by bytes, a shorter one first. Right
// for texts of collation "C", for bytea, and for uuid as it is printed.
//
//     {"<", Kind::Bool, 2, {Kind::Uuid, Kind::Uuid}, compare_texts<std::less<>>}
template <class Compare>
bool compare_texts(Frame&, const Value* arguments, Value& result) {
  result = Value::of_bool(Compare()(arguments[0].text.compare(arguments[1].text), 0));
  return true;
}

}  // namespace slotcast::sql
