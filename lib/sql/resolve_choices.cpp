#include <algorithm>

#include "lib/sql/call_nodes.h"
#include "lib/sql/choice_nodes.h"
#include "lib/sql/overload.h"
#include "lib/sql/resolver.h"
#include "lib/sql/value_nodes.h"

namespace slotcast::sql {
namespace {

Nodes nodes_of(std::vector<Typed>& typed) {
  Nodes nodes;
  for (Typed& each : typed) nodes.push_back(std::move(each.node));
  return nodes;
}

Typed of_type(NodePtr node, Type type, std::uint32_t offset) {
  Typed typed;
  typed.node = std::move(node);
  typed.type = std::move(type);
  typed.offset = offset;
  return typed;
}

// One of the two types that both can be, or neither.
bool becomes(const Type& from, const Type& to) {
  if (from.kind == Kind::Enum || from.kind == Kind::Other || to.kind == Kind::Enum ||
      to.kind == Kind::Other) {
    return is_same_type(from, to);
  }
  return converts_by_itself(from.kind, to.kind);
}

}  // namespace

Result<std::vector<Typed>> Resolver::all(const Syntax& syntax, std::size_t from) {
  std::vector<Typed> typed;
  for (std::size_t i = from; i < syntax.arguments.size(); ++i) {
    TRY_ASSIGN(Typed each, resolve(*syntax.arguments[i]));
    typed.push_back(std::move(each));
  }
  return typed;
}

// Source: PostgreSQL documentation, section "UNION, CASE, and Related Constructs".
Result<Type> Resolver::common_type(const std::vector<Typed>& typed, const char* what) {
  Type common;
  bool has_literal = false;
  for (const Typed& each : typed) {
    const Type& type = each.type;
    has_literal = has_literal || type.kind == Kind::Unknown;
    if (type.kind == Kind::Unknown) continue;
    if (common.kind == Kind::Unknown) {
      common = type;
      continue;
    }
    if (is_same_type(type, common)) {
      if (type.modifier != common.modifier) common.modifier = -1;
      continue;
    }
    if (category_of(type.kind) != category_of(common.kind)) {
      return refuse(each.offset, std::string(what) + " types " + name_of(common) + " and " +
                                     name_of(type) + " cannot be matched");
    }
    if (!is_preferred(common.kind) && becomes(common, type) && !becomes(type, common)) {
      common = type;
    }
    common.modifier = -1;
  }
  if (common.kind == Kind::Unknown) common.kind = Kind::Text;
  if (has_literal) common.modifier = -1;
  TRY_ASSIGN(common.collation, common_collation(typed));
  common.has_mixed_collation = is_mixed(typed);
  return common;
}

Status Resolver::convert_all(std::vector<Typed>& typed, const Type& to) {
  for (Typed& each : typed) {
    TRY_ASSIGN(each, convert(std::move(each), to, false));
  }
  return {};
}

// What is decided by constants is left out, as PostgreSQL does; with it the operand, when nothing
// asks for it any more.
Typed Resolver::make_case(std::optional<Operand> value, std::vector<Typed> conditions,
                          std::vector<Typed> results, const Type& type,
                          std::uint32_t offset) const {
  Nodes nodes;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const bool is_else = i == conditions.size();
    const bool is_decided = !is_else && conditions[i].is_constant;
    if (is_decided && (is_null(conditions[i]) || value_of(conditions[i]).integer == 0)) continue;
    const bool is_last = is_else || is_decided;
    if (is_last && nodes.empty()) return std::move(results[i]);
    if (!is_last) nodes.push_back(std::move(conditions[i].node));
    nodes.push_back(std::move(results[i].node));
    if (is_last) break;
  }
  if (nodes.empty()) return constant(type, Value::null(), offset);
  Typed made = of_type(std::make_unique<CaseNode>(std::move(nodes)), type, offset);
  return value ? bind(std::move(*value), std::move(made)) : std::move(made);
}

Result<Typed> Resolver::choose_case(const Syntax& syntax) {
  std::size_t at = 0;
  std::optional<Operand> value;
  if (syntax.has_operand) {
    TRY_ASSIGN(Operand found, operand(*syntax.arguments[at++]));
    if (found.typed.type.kind == Kind::Unknown) {
      TRY_ASSIGN(found.typed, convert(std::move(found.typed), plain_type(Kind::Text), false));
    }
    value.emplace(std::move(found));
  }
  std::vector<Typed> conditions;
  std::vector<Typed> results;
  for (; at + 1 < syntax.arguments.size(); at += 2) {
    TRY_ASSIGN(Typed when, resolve(*syntax.arguments[at]));
    if (value) {
      TRY_ASSIGN(when, compare(*value, "=", std::move(when), syntax.arguments[at]->offset));
    }
    TRY_ASSIGN(Typed condition, to_boolean(std::move(when), "CASE/WHEN"));
    TRY_ASSIGN(Typed result, resolve(*syntax.arguments[at + 1]));
    conditions.push_back(std::move(condition));
    results.push_back(std::move(result));
  }
  if (at < syntax.arguments.size()) {
    TRY_ASSIGN(Typed otherwise, resolve(*syntax.arguments[at]));
    results.push_back(std::move(otherwise));
  }
  TRY_ASSIGN(const Type type, common_type(results, "CASE"));
  TRY(convert_all(results, type));
  return make_case(std::move(value), std::move(conditions), std::move(results), type,
                   syntax.offset);
}

// NULLs are left out, and what stands behind a constant.
Result<Typed> Resolver::coalesce(const Syntax& syntax) {
  TRY_ASSIGN(std::vector<Typed> arguments, all(syntax));
  TRY_ASSIGN(const Type type, common_type(arguments, "COALESCE"));
  TRY(convert_all(arguments, type));
  std::erase_if(arguments, [](const Typed& each) { return is_null(each); });
  const auto constant_at = std::find_if(arguments.begin(), arguments.end(),
                                        [](const Typed& each) { return each.is_constant; });
  if (constant_at != arguments.end()) arguments.erase(constant_at + 1, arguments.end());
  if (arguments.empty()) return constant(type, Value::null(), syntax.offset);
  if (arguments.front().is_constant) return std::move(arguments.front());
  return of_type(std::make_unique<CoalesceNode>(nodes_of(arguments)), type, syntax.offset);
}

// The result has the type that "=" takes the first argument for, and the collation of both.
Result<Typed> Resolver::null_if(const Syntax& syntax) {
  TRY_ASSIGN(std::vector<Typed> sides, all(syntax));
  const Choice choice = choose_function("=", {sides[0].type.kind, sides[1].type.kind}, true);
  if (choice.function == nullptr) return call_operator("=", std::move(sides), syntax.offset);
  TRY(check_collation("=", sides, syntax.offset));
  TRY(give_arguments_their_types(*choice.function, sides));
  Type type = sides[0].type;
  if (is_text(type.kind)) {
    TRY_ASSIGN(type.collation, common_collation(sides));
    type.has_mixed_collation = is_mixed(sides);
  }
  if (is_null(sides[0])) return constant(type, Value::null(), syntax.offset);
  const bool is_constant = are_constants(sides);
  const std::uint32_t id = ++bindings_;
  Nodes compared;
  compared.push_back(std::make_unique<BoundNode>(id));
  compared.push_back(std::move(sides[1].node));
  NodePtr is_equal = make_call(choice.function->call, std::move(compared));
  return fold(
      of_type(std::make_unique<NullIfNode>(id, std::move(sides[0].node), std::move(is_equal)), type,
              syntax.offset),
      is_constant);
}

Result<Typed> Resolver::extreme(const Syntax& syntax) {
  const bool is_greatest = syntax.kind == Syntax::Kind::Greatest;
  TRY_ASSIGN(std::vector<Typed> arguments, all(syntax));
  TRY_ASSIGN(const Type type, common_type(arguments, is_greatest ? "GREATEST" : "LEAST"));
  TRY(convert_all(arguments, type));
  const char* sign = is_greatest ? ">" : "<";
  TRY(check_collation(sign, arguments, syntax.offset));
  const Choice choice = choose_function(sign, {type.kind, type.kind}, true);
  if (choice.function == nullptr) {
    return refuse(syntax.offset, "values of type " + name_of(type) + " are not put in order here");
  }
  const bool is_constant = are_constants(arguments);
  return fold(of_type(std::make_unique<ExtremeNode>(choice.function->call, nodes_of(arguments)),
                      type, syntax.offset),
              is_constant);
}

}  // namespace slotcast::sql
