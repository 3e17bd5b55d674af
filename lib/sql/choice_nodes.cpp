#include "lib/sql/choice_nodes.h"

namespace slotcast::sql {

Outcome CaseNode::evaluate(Context& context, Value& value) const {
  std::size_t i = 0;
  for (; i + 1 < parts_.size(); i += 2) {
    const Outcome outcome = parts_[i]->evaluate(context, value);
    if (outcome != Outcome::Ok) return outcome;
    if (!value.is_null() && value.integer != 0) return parts_[i + 1]->evaluate(context, value);
  }
  if (i < parts_.size()) return parts_[i]->evaluate(context, value);
  value = Value::null();
  return Outcome::Ok;
}

Outcome CoalesceNode::evaluate(Context& context, Value& value) const {
  value = Value::null();
  for (const NodePtr& argument : arguments_) {
    const Outcome outcome = argument->evaluate(context, value);
    if (outcome != Outcome::Ok || !value.is_null()) return outcome;
  }
  return Outcome::Ok;
}

Outcome NullIfNode::evaluate(Context& context, Value& value) const {
  const Outcome first = first_->evaluate(context, value);
  if (first != Outcome::Ok) return first;
  const Binding binding{id_, &value, context.bindings};
  Value is_equal;
  context.bindings = &binding;
  const Outcome outcome = is_equal_->evaluate(context, is_equal);
  context.bindings = binding.outer;
  if (outcome == Outcome::Ok && !is_equal.is_null() && is_equal.integer != 0) value = Value::null();
  return outcome;
}

Outcome ExtremeNode::evaluate(Context& context, Value& value) const {
  value = Value::null();
  for (const NodePtr& argument : arguments_) {
    Value sides[2];
    const Outcome outcome = argument->evaluate(context, sides[0]);
    if (outcome != Outcome::Ok) return outcome;
    if (sides[0].is_null()) continue;
    Value is_better = Value::of_bool(true);
    sides[1] = value;
    if (!value.is_null() && !wins_(context.frame, sides, is_better)) return Outcome::Failed;
    if (is_better.integer != 0) value = sides[0];
  }
  return Outcome::Ok;
}

}  // namespace slotcast::sql
