#include "lib/sql/value_nodes.h"

#include <algorithm>
#include <array>

namespace slotcast::sql {
namespace {

constexpr std::array<Metadata, 7> kMetadata = {{
    {"_op", Kind::Text,
     [](const Change& change, Frame& frame) {
       const char letter = static_cast<char>(change.operation);
       return Value::of_text(frame.copy({&letter, 1}));
     }},
    {"_lsn", Kind::Text,
     [](const Change& change, Frame& frame) {
       return Value::of_text(frame.copy(to_string(change.id.commit_lsn)));
     }},
    {"_seq", Kind::Int8,
     [](const Change& change, Frame&) {
       return Value::of_integer(static_cast<std::int64_t>(change.id.ordinal));
     }},
    {"_ts", Kind::Timestamptz,
     [](const Change& change, Frame&) {
       return Value::of_integer(change.commit_time.microseconds);
     }},
    {"_xid", Kind::Int8,
     [](const Change& change, Frame&) { return Value::of_integer(change.xid); }},
    {"_schema", Kind::Text,
     [](const Change& change, Frame&) { return Value::of_text(change.relation->schema); }},
    {"_table", Kind::Text,
     [](const Change& change, Frame&) { return Value::of_text(change.relation->table); }},
}};

}  // namespace

const Metadata* find_metadata(std::string_view name) {
  const auto* found = std::find_if(kMetadata.begin(), kMetadata.end(),
                                   [&](const Metadata& each) { return each.name == name; });
  return found == kMetadata.end() ? nullptr : found;
}

ConstantNode::ConstantNode(Kind kind, const Value& value) : text_(value.text), value_(value) {
  if (value.is_null()) return;
  value_.text = text_;
  if (kind != Kind::Numeric) return;
  decimal_.set(*value.decimal);
  value_.decimal = &decimal_;
}

Outcome ColumnNode::evaluate(Context& context, Value& value) const {
  const Cell& cell = context.cells[index_];
  if (cell.is_unchanged()) return Outcome::Unchanged;
  if (cell.is_null() || input_ == nullptr) {
    value = cell.is_null() ? Value::null() : Value::of_text(cell.text());
    return Outcome::Ok;
  }
  const Value text = Value::of_text(cell.text());
  return input_(context.frame, &text, value) ? Outcome::Ok : Outcome::Failed;
}

Outcome BoundNode::evaluate(Context& context, Value& value) const {
  const Binding* binding = context.bindings;
  while (binding->id != id_) binding = binding->outer;
  value = *binding->value;
  return Outcome::Ok;
}

}  // namespace slotcast::sql
