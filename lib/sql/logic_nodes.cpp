#include "lib/sql/logic_nodes.h"

namespace slotcast::sql {

Outcome JunctionNode::evaluate(Context& context, Value& value) const {
  bool has_null = false;
  bool is_unchanged = false;
  for (const NodePtr& argument : arguments_) {
    const Outcome outcome = argument->evaluate(context, value);
    // Behind a cell that is not known an error may be one that PostgreSQL never came to.
    if (outcome == Outcome::Failed) return is_unchanged ? Outcome::Unchanged : outcome;
    if (outcome == Outcome::Unchanged) {
      is_unchanged = true;
    } else if (value.is_null()) {
      has_null = true;
    } else if ((value.integer != 0) != is_and_) {
      return Outcome::Ok;
    }
  }
  if (is_unchanged) return Outcome::Unchanged;
  value = has_null ? Value::null() : Value::of_bool(is_and_);
  return Outcome::Ok;
}

Outcome NotNode::evaluate(Context& context, Value& value) const {
  const Outcome outcome = argument_->evaluate(context, value);
  if (outcome == Outcome::Ok && !value.is_null()) value = Value::of_bool(value.integer == 0);
  return outcome;
}

Outcome IsNullNode::evaluate(Context& context, Value& value) const {
  if (const Cell* cell = argument_->cell(context)) {
    value = Value::of_bool(cell->is_null() != is_negated_);
    // What a new row lacks is a long value that stays, and no NULL; an old key lacks any.
    const bool is_new = context.change.operation != Operation::Delete &&
                        context.cells.data() == context.change.row.data();
    return cell->is_unchanged() && !is_new ? Outcome::Unchanged : Outcome::Ok;
  }
  const Outcome outcome = argument_->evaluate(context, value);
  if (outcome == Outcome::Ok) value = Value::of_bool(value.is_null() != is_negated_);
  return outcome;
}

Outcome IsBooleanNode::evaluate(Context& context, Value& value) const {
  const Outcome outcome = argument_->evaluate(context, value);
  if (outcome != Outcome::Ok) return outcome;
  bool is_it = value.is_null();
  if (asked_ == Asked::True) is_it = !value.is_null() && value.integer != 0;
  if (asked_ == Asked::False) is_it = !value.is_null() && value.integer == 0;
  value = Value::of_bool(is_it != is_negated_);
  return Outcome::Ok;
}

Outcome DistinctNode::evaluate(Context& context, Value& value) const {
  Value sides[2];
  const Outcome left = left_->evaluate(context, sides[0]);
  if (left != Outcome::Ok) return left;
  const Outcome right = right_->evaluate(context, sides[1]);
  if (right != Outcome::Ok) return right;
  bool is_distinct = sides[0].is_null() != sides[1].is_null();
  if (!sides[0].is_null() && !sides[1].is_null()) {
    Value is_equal;
    if (!equal_(context.frame, sides, is_equal)) return Outcome::Failed;
    is_distinct = is_equal.integer == 0;
  }
  value = Value::of_bool(is_distinct != is_negated_);
  return Outcome::Ok;
}

Outcome BindNode::evaluate(Context& context, Value& value) const {
  Value operand;
  const Outcome outcome = operand_->evaluate(context, operand);
  if (outcome != Outcome::Ok) return outcome;
  const Binding binding{id_, &operand, context.bindings};
  context.bindings = &binding;
  const Outcome body = body_->evaluate(context, value);
  context.bindings = binding.outer;
  return body;
}

}  // namespace slotcast::sql
