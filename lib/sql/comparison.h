#pragma once

#include <array>

#include "lib/sql/builtin.h"

// The six operators of a type whose values have an order.

namespace slotcast::sql {

struct Comparison {
  std::string_view name;
  Call call;
};

// `kOrder(frame, left, right)` is negative, 0 or positive.
template <int (*kOrder)(Frame&, const Value&, const Value&)>
inline constexpr std::array<Comparison, 6> kComparisons = {{
    {"=",
     [](Frame& frame, const Value* arguments, Value& result) {
       result = Value::of_bool(kOrder(frame, arguments[0], arguments[1]) == 0);
       return true;
     }},
    {"<>",
     [](Frame& frame, const Value* arguments, Value& result) {
       result = Value::of_bool(kOrder(frame, arguments[0], arguments[1]) != 0);
       return true;
     }},
    {"<",
     [](Frame& frame, const Value* arguments, Value& result) {
       result = Value::of_bool(kOrder(frame, arguments[0], arguments[1]) < 0);
       return true;
     }},
    {"<=",
     [](Frame& frame, const Value* arguments, Value& result) {
       result = Value::of_bool(kOrder(frame, arguments[0], arguments[1]) <= 0);
       return true;
     }},
    {">",
     [](Frame& frame, const Value* arguments, Value& result) {
       result = Value::of_bool(kOrder(frame, arguments[0], arguments[1]) > 0);
       return true;
     }},
    {">=",
     [](Frame& frame, const Value* arguments, Value& result) {
       result = Value::of_bool(kOrder(frame, arguments[0], arguments[1]) >= 0);
       return true;
     }},
}};

}  // namespace slotcast::sql
