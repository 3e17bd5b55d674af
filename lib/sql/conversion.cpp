#include <algorithm>

#include "lib/sql/call_nodes.h"
#include "lib/sql/resolver.h"
#include "lib/sql/value_nodes.h"

namespace slotcast::sql {
namespace {

// A cast of bool to text is not what its output function says.
bool text_of_bool(Frame&, const Value& value, std::string_view& text) {
  text = value.integer != 0 ? "true" : "false";
  return true;
}

// bpchar, inet, cidr: their casts to text are not what they print.
bool has_text_of_its_own(std::uint32_t oid) {
  return oid == 1042 || oid == 869 || oid == 650;
}

// Those that depend on a session's settings are made for each row, also of a constant: so an error
// is one of the rows that come to it.
bool is_stable(const Type& from, const Type& to) {
  return category_of(from.kind) == 'D' || category_of(to.kind) == 'D';
}

// Whether different values stay different, so that a key stays one.
bool keeps_apart(const Type& from, const Type& to) {
  if (to.modifier != -1) return false;
  if (is_text(to.kind)) return true;
  return is_integer(from.kind) && (is_integer(to.kind) || to.kind == Kind::Numeric);
}

}  // namespace

Result<Typed> Resolver::convert(Typed typed, const Type& to, bool is_explicit) {
  if (typed.type.kind == Kind::Unknown) {
    TRY_ASSIGN(typed, convert_literal(std::move(typed), to));
  } else if (!is_same_type(typed.type, to)) {
    TRY_ASSIGN(typed, convert_value(std::move(typed), to, is_explicit));
  }
  return fit(std::move(typed), to, is_explicit);
}

// Read here and now: what is wrong with a literal is wrong in the configuration.
Result<Typed> Resolver::convert_literal(Typed typed, const Type& to) {
  static const Change none;
  Frame frame;
  Context context{frame, none, {}};
  Value value;
  typed.node->evaluate(context, value);
  if (!value.is_null() && to.kind == Kind::Enum) {
    const auto& labels = to.enum_labels;
    if (std::find(labels.begin(), labels.end(), value.text) == labels.end()) {
      return refuse(typed.offset, "invalid input value for enum " + name_of(to) + ": \"" +
                                      std::string(value.text) + "\"");
    }
  } else if (!value.is_null() && to.kind == Kind::Other) {
    return refuse(typed.offset, "a literal of type " + name_of(to) + " is not supported");
  } else if (const Input input = routines_of(to.kind).input; !value.is_null() && input) {
    const Value text = value;
    if (!input(frame, &text, value)) return refuse(typed.offset, frame.message());
  }
  Type type = to;
  type.modifier = -1;
  return constant(type, value, typed.offset);
}

Result<Typed> Resolver::convert_value(Typed typed, const Type& to, bool is_explicit) {
  const Type from = typed.type;
  const Cast* cast = find_cast(from.kind, to.kind);
  const bool is_constant = typed.is_constant;
  typed.is_bare_column = false;
  if (!is_explicit && (cast == nullptr || cast->context != CastContext::Implicit)) {
    return refuse(typed.offset,
                  "type " + name_of(from) + " is not " + name_of(to) + " by itself: write a cast");
  }
  if (!keeps_apart(from, to)) typed.plain_column.reset();
  typed.type = to;
  typed.type.modifier = -1;
  if (is_text(from.kind) && is_text(to.kind)) {
    typed.type.collation = from.collation;
    typed.type.has_mixed_collation = from.has_mixed_collation;
    return typed;
  }
  if (is_text(to.kind)) typed.type.collation = Collation::Equality;
  if (cast != nullptr) {
    if (cast->call == nullptr) return typed;
    typed.node = std::make_unique<SingleCallNode>(cast->call, std::move(typed.node));
  } else if (is_text(to.kind) && !has_text_of_its_own(from.oid)) {
    typed.node = from.kind == Kind::Bool
                     ? std::make_unique<OutputNode>(text_of_bool, std::move(typed.node))
                     : make_output(from.kind, std::move(typed.node));
  } else if (is_text(from.kind) && to.kind != Kind::Enum && to.kind != Kind::Other) {
    typed.node =
        std::make_unique<SingleCallNode>(routines_of(to.kind).input, std::move(typed.node));
  } else {
    return refuse(typed.offset, "cannot cast type " + name_of(from) + " to " + name_of(to));
  }
  return fold(std::move(typed), is_constant && !is_stable(from, to));
}

Result<Typed> Resolver::fit(Typed typed, const Type& to, bool is_explicit) {
  if (to.modifier == -1 || to.modifier == typed.type.modifier) return typed;
  const bool has_fit = to.kind == Kind::Numeric || to.kind == Kind::Varchar;
  if (!has_fit) return typed;
  const bool is_constant = typed.is_constant;
  typed.node = std::make_unique<FitNode>(to.kind == Kind::Numeric ? fit_numeric : fit_varchar,
                                         to.modifier, is_explicit, std::move(typed.node));
  typed.type.modifier = to.modifier;
  typed.is_bare_column = false;
  typed.plain_column.reset();
  return fold(std::move(typed), is_constant);
}

// As a cast to text would give it.
Result<Typed> Resolver::as_text(Typed typed) {
  return convert(std::move(typed), plain_type(Kind::Text), true);
}

}  // namespace slotcast::sql
