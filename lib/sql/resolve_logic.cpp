#include "lib/sql/logic_nodes.h"
#include "lib/sql/overload.h"
#include "lib/sql/resolver.h"
#include "lib/sql/value_nodes.h"

namespace slotcast::sql {
namespace {

Typed boolean(NodePtr node, std::uint32_t offset) {
  Typed typed;
  typed.node = std::move(node);
  typed.type.kind = Kind::Bool;
  typed.offset = offset;
  return typed;
}

std::vector<Typed> constants_first(std::vector<Typed> items) {
  std::vector<Typed> ordered;
  for (const bool constants : {true, false}) {
    for (Typed& item : items) {
      if (item.is_constant == constants) ordered.push_back(std::move(item));
    }
  }
  return ordered;
}

}  // namespace

// A constant that decides leaves nothing to ask.
Result<Typed> Resolver::junction(const Syntax& syntax) {
  const bool is_and = syntax.kind == Syntax::Kind::And;
  TRY_ASSIGN(std::vector<Typed> conditions, all(syntax));
  for (Typed& each : conditions) {
    TRY_ASSIGN(each, to_boolean(std::move(each), is_and ? "AND" : "OR"));
  }
  return join(is_and, std::move(conditions), syntax.offset);
}

Result<Typed> Resolver::join(bool is_and, std::vector<Typed> conditions, std::uint32_t offset) {
  for (const Typed& each : conditions) {
    if (!each.is_constant || is_null(each)) continue;
    if ((value_of(each).integer != 0) != is_and) {
      return constant(plain_type(Kind::Bool), Value::of_bool(!is_and), offset);
    }
  }
  const bool is_constant = are_constants(conditions);
  Nodes nodes;
  for (Typed& each : conditions) nodes.push_back(std::move(each.node));
  return fold(boolean(std::make_unique<JunctionNode>(is_and, std::move(nodes)), offset),
              is_constant);
}

Result<Typed> Resolver::negation(const Syntax& syntax) {
  TRY_ASSIGN(Typed typed, resolve(*syntax.arguments[0]));
  TRY_ASSIGN(Typed condition, to_boolean(std::move(typed), "NOT"));
  return negated(std::move(condition), true);
}

Result<Typed> Resolver::negated(Typed typed, bool is_negated) {
  if (!is_negated) return typed;
  const bool is_constant = typed.is_constant;
  return fold(boolean(std::make_unique<NotNode>(std::move(typed.node)), typed.offset), is_constant);
}

Result<Typed> Resolver::null_test(const Syntax& syntax) {
  return is_null_test(*syntax.arguments[0], syntax.is_negated, syntax.offset);
}

Result<Typed> Resolver::is_null_test(const Syntax& tested, bool is_negated, std::uint32_t offset) {
  TRY_ASSIGN(Typed typed, resolve(tested));
  const bool is_constant = typed.is_constant;
  return fold(boolean(std::make_unique<IsNullNode>(is_negated, std::move(typed.node)), offset),
              is_constant);
}

Result<Typed> Resolver::boolean_test(const Syntax& syntax) {
  using Asked = IsBooleanNode::Asked;
  const Asked asked = syntax.name == "true"    ? Asked::True
                      : syntax.name == "false" ? Asked::False
                                               : Asked::Unknown;
  const std::string what = std::string("IS ") + (syntax.is_negated ? "NOT " : "") +
                           (asked == Asked::True    ? "TRUE"
                            : asked == Asked::False ? "FALSE"
                                                    : "UNKNOWN");
  TRY_ASSIGN(Typed typed, resolve(*syntax.arguments[0]));
  TRY_ASSIGN(Typed condition, to_boolean(std::move(typed), what.c_str()));
  const bool is_constant = condition.is_constant;
  return fold(
      boolean(std::make_unique<IsBooleanNode>(asked, syntax.is_negated, std::move(condition.node)),
              syntax.offset),
      is_constant);
}

// With a NULL as it stands it asks for NULL, of values of any type.
Result<Typed> Resolver::distinct(const Syntax& syntax) {
  for (const std::size_t i : {1u, 0u}) {
    if (syntax.arguments[i]->kind != Syntax::Kind::Null) continue;
    return is_null_test(*syntax.arguments[1 - i], !syntax.is_negated, syntax.offset);
  }
  TRY_ASSIGN(std::vector<Typed> sides, all(syntax));
  const Choice choice = choose_function("=", {sides[0].type.kind, sides[1].type.kind}, true);
  // Says what is wrong as "=" would.
  if (choice.function == nullptr) return call_operator("=", std::move(sides), syntax.offset);
  TRY(check_collation("=", sides, syntax.offset));
  TRY(give_arguments_their_types(*choice.function, sides));
  const bool is_constant = are_constants(sides);
  return fold(
      boolean(std::make_unique<DistinctNode>(choice.function->call, syntax.is_negated,
                                             std::move(sides[0].node), std::move(sides[1].node)),
              syntax.offset),
      is_constant);
}

Result<Resolver::Operand> Resolver::operand(const Syntax& syntax) {
  TRY_ASSIGN(Typed typed, resolve(syntax));
  return Operand{std::move(typed), ++bindings_};
}

Typed Resolver::bound(const Operand& operand) const {
  const Typed& own = operand.typed;
  Typed typed;
  if (own.is_constant) {
    typed = constant(own.type, value_of(own), own.offset);
  } else {
    typed.node = std::make_unique<BoundNode>(operand.id);
    typed.type = own.type;
    typed.offset = own.offset;
  }
  typed.has_chosen_collation = own.has_chosen_collation;
  return typed;
}

Typed Resolver::bind(Operand operand, Typed body) const {
  if (operand.typed.is_constant || body.is_constant) return body;
  body.node =
      std::make_unique<BindNode>(operand.id, std::move(operand.typed.node), std::move(body.node));
  return body;
}

Result<Typed> Resolver::compare(const Operand& operand, const char* sign, Typed other,
                                std::uint32_t offset) {
  std::vector<Typed> sides;
  sides.push_back(bound(operand));
  sides.push_back(std::move(other));
  return call_operator(sign, std::move(sides), offset);
}

Result<Typed> Resolver::between(const Syntax& syntax) {
  TRY_ASSIGN(Operand value, operand(*syntax.arguments[0]));
  std::vector<Typed> conditions;
  for (const std::size_t i : {1u, 2u}) {
    TRY_ASSIGN(Typed limit, resolve(*syntax.arguments[i]));
    TRY_ASSIGN(Typed compared,
               compare(value, i == 1 ? ">=" : "<=", std::move(limit), syntax.offset));
    conditions.push_back(std::move(compared));
  }
  TRY_ASSIGN(Typed joined, join(true, std::move(conditions), syntax.offset));
  return negated(bind(std::move(value), std::move(joined)), syntax.is_negated);
}

// The items without columns are first brought to one type with the operand, as PostgreSQL makes an
// array of them, and come first; where they have none in common, each is compared by itself.
Result<Typed> Resolver::in_list(const Syntax& syntax) {
  TRY_ASSIGN(Operand value, operand(*syntax.arguments[0]));
  TRY_ASSIGN(std::vector<Typed> items, all(syntax, 1));
  std::vector<Typed> kinds(1);
  kinds[0].type = value.typed.type;
  for (const Typed& item : items) {
    if (item.is_constant) kinds.emplace_back().type = item.type;
  }
  auto common = kinds.size() > 2 ? common_type(kinds, "IN") : Result<Type>(invalid(""));
  if (common.ok()) {
    common.value().modifier = -1;
    items = constants_first(std::move(items));
  }
  std::vector<Typed> conditions;
  for (Typed& item : items) {
    if (common.ok() && item.is_constant) {
      TRY_ASSIGN(item, convert(std::move(item), common.value(), false));
    }
    TRY_ASSIGN(Typed compared, compare(value, "=", std::move(item), syntax.offset));
    conditions.push_back(std::move(compared));
  }
  TRY_ASSIGN(Typed joined, join(false, std::move(conditions), syntax.offset));
  // An array of NULLs alone: the operand is asked all the same, and may fail.
  if (common.ok()) joined.is_constant = joined.is_constant && value.typed.is_constant;
  return negated(bind(std::move(value), std::move(joined)), syntax.is_negated);
}

}  // namespace slotcast::sql
