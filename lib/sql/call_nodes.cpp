#include "lib/sql/call_nodes.h"

#include <cstring>

#include "lib/sql/library.h"
#include "lib/sql/value_nodes.h"

namespace slotcast::sql {
namespace {

const Value* constant_of(const Node& node) {
  const auto* constant = dynamic_cast<const ConstantNode*>(&node);
  return constant == nullptr ? nullptr : &constant->value();
}

}  // namespace

Outcome CallNode::evaluate(Context& context, Value& value) const {
  Value arguments[kArgumentsMax];
  bool has_null = false;
  for (std::size_t i = 0; i < arguments_.size(); ++i) {
    const Outcome outcome = arguments_[i]->evaluate(context, arguments[i]);
    if (outcome != Outcome::Ok) return outcome;
    has_null |= arguments[i].is_null();
  }
  if (has_null) {
    value = Value::null();
    return Outcome::Ok;
  }
  return call_(context.frame, arguments, value) ? Outcome::Ok : Outcome::Failed;
}

Outcome SingleCallNode::evaluate(Context& context, Value& value) const {
  Value argument;
  const Outcome outcome = argument_->evaluate(context, argument);
  if (outcome != Outcome::Ok) return outcome;
  if (argument.is_null()) {
    value = Value::null();
    return Outcome::Ok;
  }
  return call_(context.frame, &argument, value) ? Outcome::Ok : Outcome::Failed;
}

PairCallNode::PairCallNode(Call call, NodePtr left, NodePtr right)
    : call_(call),
      left_(std::move(left)),
      right_(std::move(right)),
      constant_(constant_of(*right_)) {}

Outcome PairCallNode::evaluate(Context& context, Value& value) const {
  Value arguments[2];
  const Outcome left = left_->evaluate(context, arguments[0]);
  if (left != Outcome::Ok) return left;
  if (constant_ != nullptr) {
    arguments[1] = *constant_;
  } else if (const Outcome right = right_->evaluate(context, arguments[1]); right != Outcome::Ok) {
    return right;
  }
  if (arguments[0].is_null() || arguments[1].is_null()) {
    value = Value::null();
    return Outcome::Ok;
  }
  return call_(context.frame, arguments, value) ? Outcome::Ok : Outcome::Failed;
}

NodePtr make_call(Call call, Nodes arguments) {
  if (arguments.size() == 1) {
    return std::make_unique<SingleCallNode>(call, std::move(arguments.front()));
  }
  if (arguments.size() != 2) return std::make_unique<CallNode>(call, std::move(arguments));
  return std::make_unique<PairCallNode>(call, std::move(arguments[0]), std::move(arguments[1]));
}

Outcome OutputNode::evaluate(Context& context, Value& value) const {
  const Outcome outcome = argument_->evaluate(context, value);
  if (outcome != Outcome::Ok || value.is_null() || output_ == nullptr) return outcome;
  std::string_view text;
  if (!output_(context.frame, value, text)) return Outcome::Failed;
  value = Value::of_text(text);
  return Outcome::Ok;
}

NodePtr make_output(Kind kind, NodePtr argument) {
  const auto* column = dynamic_cast<const ColumnNode*>(argument.get());
  if (column != nullptr && column->kind() == kind) {
    return std::make_unique<ColumnNode>(column->index(), Kind::Text, nullptr);
  }
  return std::make_unique<OutputNode>(routines_of(kind).output, std::move(argument));
}

Outcome FitNode::evaluate(Context& context, Value& value) const {
  const Outcome outcome = argument_->evaluate(context, value);
  if (outcome != Outcome::Ok || value.is_null()) return outcome;
  return fit_(context.frame, modifier_, is_explicit_, value) ? Outcome::Ok : Outcome::Failed;
}

// Quadratic in the number of texts, which a human wrote.
Outcome ConcatNode::evaluate(Context& context, Value& value) const {
  std::string_view joined;
  for (const NodePtr& node : texts_) {
    Value next;
    const Outcome outcome = node->evaluate(context, next);
    if (outcome != Outcome::Ok) return outcome;
    if (next.is_null() || next.text.empty()) continue;
    if (joined.empty()) {
      joined = next.text;
      continue;
    }
    char* room = context.frame.room(joined.size() + next.text.size());
    std::memcpy(room, joined.data(), joined.size());
    std::memcpy(room + joined.size(), next.text.data(), next.text.size());
    joined = {room, joined.size() + next.text.size()};
  }
  value = Value::of_text(joined);
  return Outcome::Ok;
}

}  // namespace slotcast::sql
