#include "lib/sql/call_nodes.h"

#include <cstring>

namespace slotcast::sql {

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

Outcome OutputNode::evaluate(Context& context, Value& value) const {
  Value argument;
  const Outcome outcome = argument_->evaluate(context, argument);
  if (outcome != Outcome::Ok) return outcome;
  value = argument;
  if (argument.is_null() || output_ == nullptr) return Outcome::Ok;
  std::string_view text;
  if (!output_(context.frame, argument, text)) return Outcome::Failed;
  value = Value::of_text(text);
  return Outcome::Ok;
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
