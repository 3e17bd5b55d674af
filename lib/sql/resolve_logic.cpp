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

}  // namespace

Result<Typed> Resolver::junction(const Syntax& syntax) {
  const bool is_and = syntax.kind == Syntax::Kind::And;
  Nodes nodes;
  for (const SyntaxPtr& argument : syntax.arguments) {
    TRY_ASSIGN(Typed typed, resolve(*argument));
    TRY_ASSIGN(Typed condition, to_boolean(std::move(typed), is_and ? "AND" : "OR"));
    nodes.push_back(std::move(condition.node));
  }
  return boolean(std::make_unique<JunctionNode>(is_and, std::move(nodes)), syntax.offset);
}

Result<Typed> Resolver::negation(const Syntax& syntax) {
  TRY_ASSIGN(Typed typed, resolve(*syntax.arguments[0]));
  TRY_ASSIGN(Typed condition, to_boolean(std::move(typed), "NOT"));
  return negated(std::move(condition), true);
}

Typed Resolver::negated(Typed typed, bool is_negated) const {
  if (!is_negated) return typed;
  return boolean(std::make_unique<NotNode>(std::move(typed.node)), typed.offset);
}

Result<Typed> Resolver::null_test(const Syntax& syntax) {
  TRY_ASSIGN(Typed typed, resolve(*syntax.arguments[0]));
  return boolean(std::make_unique<IsNullNode>(syntax.is_negated, std::move(typed.node)),
                 syntax.offset);
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
  return boolean(
      std::make_unique<IsBooleanNode>(asked, syntax.is_negated, std::move(condition.node)),
      syntax.offset);
}

Result<Typed> Resolver::distinct(const Syntax& syntax) {
  TRY_ASSIGN(std::vector<Typed> sides, all(syntax));
  const Choice choice = choose_function("=", {sides[0].type.kind, sides[1].type.kind}, true);
  // Says what is wrong as "=" would.
  if (choice.function == nullptr) return call_operator("=", std::move(sides), syntax.offset);
  TRY(check_collation("=", sides, syntax.offset));
  TRY(give_arguments_their_types(*choice.function, sides));
  return boolean(std::make_unique<DistinctNode>(choice.function->call, syntax.is_negated,
                                                std::move(sides[0].node), std::move(sides[1].node)),
                 syntax.offset);
}

Result<Resolver::Operand> Resolver::operand(const Syntax& syntax) {
  TRY_ASSIGN(Typed typed, resolve(syntax));
  return Operand{syntax, std::move(typed), ++bindings_};
}

Result<Typed> Resolver::bound(const Operand& operand) {
  if (operand.typed.is_constant) return resolve(operand.syntax);
  Typed typed;
  typed.node = std::make_unique<BoundNode>(operand.id);
  typed.type = operand.typed.type;
  typed.offset = operand.typed.offset;
  typed.has_chosen_collation = operand.typed.has_chosen_collation;
  return typed;
}

NodePtr Resolver::bind(Operand operand, NodePtr body) const {
  if (operand.typed.is_constant) return body;
  return std::make_unique<BindNode>(operand.id, std::move(operand.typed.node), std::move(body));
}

Result<Typed> Resolver::compare(const Operand& operand, const char* sign, Typed other,
                                std::uint32_t offset) {
  TRY_ASSIGN(Typed left, bound(operand));
  std::vector<Typed> sides;
  sides.push_back(std::move(left));
  sides.push_back(std::move(other));
  return call_operator(sign, std::move(sides), offset);
}

Result<Typed> Resolver::between(const Syntax& syntax) {
  TRY_ASSIGN(Operand value, operand(*syntax.arguments[0]));
  Nodes nodes;
  for (const std::size_t i : {1u, 2u}) {
    TRY_ASSIGN(Typed limit, resolve(*syntax.arguments[i]));
    TRY_ASSIGN(Typed compared,
               compare(value, i == 1 ? ">=" : "<=", std::move(limit), syntax.offset));
    nodes.push_back(std::move(compared.node));
  }
  NodePtr body = std::make_unique<JunctionNode>(true, std::move(nodes));
  return negated(boolean(bind(std::move(value), std::move(body)), syntax.offset),
                 syntax.is_negated);
}

// The items that are no columns are first brought to one type with the operand, as PostgreSQL
// makes an array of them; where they have none in common, each is compared by itself.
Result<Typed> Resolver::in_list(const Syntax& syntax) {
  TRY_ASSIGN(Operand value, operand(*syntax.arguments[0]));
  TRY_ASSIGN(std::vector<Typed> items, all(syntax, 1));
  std::vector<Typed> kinds(1);
  kinds[0].type = value.typed.type;
  for (const Typed& item : items) {
    if (!item.plain_column) kinds.emplace_back().type = item.type;
  }
  const auto common = kinds.size() > 2 ? common_type(kinds, "IN") : Result<Type>(invalid(""));
  Nodes nodes;
  for (Typed& item : items) {
    const bool is_in_array = common.ok() && !item.plain_column;
    if (is_in_array) {
      TRY_ASSIGN(item, convert(std::move(item), common.value(), false));
    }
    TRY_ASSIGN(Typed compared, compare(value, "=", std::move(item), syntax.offset));
    nodes.push_back(std::move(compared.node));
  }
  NodePtr body = std::make_unique<JunctionNode>(false, std::move(nodes));
  return negated(boolean(bind(std::move(value), std::move(body)), syntax.offset),
                 syntax.is_negated);
}

}  // namespace slotcast::sql
