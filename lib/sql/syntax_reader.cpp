#include "lib/sql/syntax_reader.h"

#include <algorithm>
#include <charconv>

#include "lib/sql/lexis.h"

namespace slotcast::sql {
namespace {

constexpr std::string_view kCatalog = "pg_catalog";

struct Named {
  std::string_view key;
  std::string_view construct;
};

// Nodes and members that are refused, as users know them.
constexpr Named kConstructs[] = {
    {"SubLink", "a subquery"},
    {"A_ArrayExpr", "ARRAY[…]"},
    {"RowExpr", "a ROW"},
    {"A_Indirection", "a field or an element of a value (x.y, x[1])"},
    {"GroupingFunc", "GROUPING"},
    {"XmlExpr", "an XML construct"},
    {"XmlSerialize", "XMLSERIALIZE"},
    {"SetToDefault", "DEFAULT"},
    {"CurrentOfExpr", "CURRENT OF"},
    {"NamedArgExpr", "an argument with its name (name => value)"},
    {"AEXPR_ILIKE", "ILIKE"},
    {"AEXPR_SIMILAR", "SIMILAR TO"},
    {"AEXPR_BETWEEN_SYM", "BETWEEN SYMMETRIC"},
    {"AEXPR_NOT_BETWEEN_SYM", "BETWEEN SYMMETRIC"},
    {"over", "a window function (OVER)"},
    {"agg_within_group", "an aggregate WITHIN GROUP"},
    {"agg_filter", "an aggregate with FILTER"},
    {"agg_order", "an aggregate with ORDER BY"},
    {"agg_distinct", "an aggregate of DISTINCT values"},
    {"agg_star", "an aggregate over whole rows (*)"},
    {"func_variadic", "VARIADIC"},
    {"setof", "SETOF"},
    {"arrayBounds", "an array type"},
    {"pct_type", "%TYPE"},
};

std::string construct_of(std::string_view key) {
  for (const Named& named : kConstructs) {
    if (named.key == key) return std::string(named.construct);
  }
  return "this construct (" + std::string(key) + ")";
}

// {"String": {"sval": …}}, as names are made of.
std::vector<std::string> parts_of(const JsonNode& node, std::string_view key) {
  std::vector<std::string> parts;
  for (const JsonNode& part : node.list(key)) {
    parts.emplace_back(part.type() == "A_Star" ? std::string_view("*") : part.text("sval"));
  }
  return parts;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string name;
  for (const std::string& part : parts) name += (name.empty() ? "" : ".") + part;
  return name;
}

// The catalog's schema is the first of every search path, so a name without it means the same.
void strip_catalog(std::vector<std::string>& parts) {
  if (parts.size() == 2 && parts[0] == kCatalog) parts.erase(parts.begin());
}

bool is_catalog_function(const JsonNode& node, std::string_view name) {
  if (node.type() != "FuncCall") return false;
  const std::vector<std::string> parts = parts_of(node, "funcname");
  return parts.size() == 2 && parts[0] == kCatalog && parts[1] == name;
}

// The digits of the constant at `at`, behind the signs and parentheses that PostgreSQL's grammar
// has folded into it: -(5), - /* … */ 5.
std::string_view digits_at(std::string_view text, std::size_t at) {
  Token token = next_token(text, at);
  while (token.text == "-" || token.text == "(") {
    token = next_token(text, token.begin + token.text.size());
  }
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return std::all_of(token.text.begin(), token.text.end(), is_digit) ? token.text
                                                                     : std::string_view();
}

}  // namespace

std::string nested_too_deep() {
  return "nested more than " + std::to_string(kDepthMax) + " deep";
}

struct SyntaxReader::NamedForm {
  std::string_view name;
  Form form;
};

SyntaxReader::Form SyntaxReader::form_of(std::string_view type) {
  static constexpr NamedForm kForms[] = {
      {"ColumnRef", &SyntaxReader::read_column},
      {"A_Const", &SyntaxReader::read_constant},
      {"TypeCast", &SyntaxReader::read_cast},
      {"CollateClause", &SyntaxReader::read_collate},
      {"FuncCall", &SyntaxReader::read_function},
      {"BoolExpr", &SyntaxReader::read_logic},
      {"NullTest", &SyntaxReader::read_null_test},
      {"BooleanTest", &SyntaxReader::read_boolean_test},
      {"CaseExpr", &SyntaxReader::read_case},
      {"CoalesceExpr", &SyntaxReader::read_coalesce},
      {"MinMaxExpr", &SyntaxReader::read_extreme},
      {"A_Expr", &SyntaxReader::read_any_operator},
  };
  for (const NamedForm& named : kForms) {
    if (named.name == type) return named.form;
  }
  return nullptr;
}

SyntaxReader::Form SyntaxReader::form_of_operator(std::string_view kind) {
  static constexpr NamedForm kForms[] = {
      {"AEXPR_OP", &SyntaxReader::read_operator},
      {"AEXPR_DISTINCT", &SyntaxReader::read_distinct},
      {"AEXPR_NOT_DISTINCT", &SyntaxReader::read_distinct},
      {"AEXPR_NULLIF", &SyntaxReader::read_null_if},
      {"AEXPR_IN", &SyntaxReader::read_in},
      {"AEXPR_BETWEEN", &SyntaxReader::read_between},
      {"AEXPR_NOT_BETWEEN", &SyntaxReader::read_between},
      {"AEXPR_LIKE", &SyntaxReader::read_like},
  };
  for (const NamedForm& named : kForms) {
    if (named.name == kind) return named.form;
  }
  return nullptr;
}

SyntaxPtr SyntaxReader::read(const JsonNode& node, std::uint32_t near) {
  auto syntax = std::make_unique<Syntax>();
  syntax->offset = offset_of(node, near);
  if (depth_ == kDepthMax) {
    complain(nested_too_deep(), syntax->offset);
    return nullptr;
  }
  const Form form = form_of(node.type());
  if (form != nullptr) {
    ++depth_;
    const bool is_read = (this->*form)(node, *syntax);
    --depth_;
    return is_read ? std::move(syntax) : nullptr;
  }
  if (node.type() == "ParamRef") {
    refuse("a parameter ($" + std::to_string(node.number("number", 0)) + ")", syntax->offset);
  } else if (node.type() == "SQLValueFunction") {  // SVFOP_CURRENT_TIME_N
    std::string_view name = node.text("op");
    name.remove_prefix(std::min(std::string_view("SVFOP_").size(), name.size()));
    if (name.ends_with("_N")) name.remove_suffix(2);
    refuse(std::string(name), syntax->offset);
  } else {
    refuse(construct_of(node.type()), syntax->offset);
  }
  return nullptr;
}

std::uint32_t SyntaxReader::offset_of(const JsonNode& node, std::uint32_t near) const {
  JsonNode placed = node;  // a field of a value has no place, the value has
  while (placed.type() == "A_Indirection") placed = placed.child("arg");
  const std::int64_t location = placed.number("location", -1);
  if (location < static_cast<std::int64_t>(before_)) return near;
  const std::size_t offset = static_cast<std::size_t>(location) - before_;
  return static_cast<std::uint32_t>(std::min(offset, statements_.size() - before_));
}

bool SyntaxReader::read_column(const JsonNode& node, Syntax& syntax) {
  syntax.kind = Syntax::Kind::Column;
  std::vector<std::string> parts = parts_of(node, "fields");
  if (parts.empty() || parts.back() == "*") return refuse(joined(parts), syntax.offset);
  if (parts.size() > 1) {
    return complain("write the column alone, " + parts.back() + " in place of " + joined(parts) +
                        ": the table of a route has no name here",
                    syntax.offset);
  }
  syntax.name = std::move(parts.back());
  return true;
}

bool SyntaxReader::read_constant(const JsonNode& node, Syntax& syntax) {
  if (node.has("ival")) {
    syntax.kind = Syntax::Kind::Number;
    auto integer = integer_of(node);
    if (!integer) return refuse("a number written in this way", syntax.offset);
    syntax.text = std::move(*integer);
  } else if (node.has("fval")) {
    syntax.kind = Syntax::Kind::Number;
    syntax.text = node.members("fval").text("fval");
  } else if (node.has("sval")) {
    syntax.kind = Syntax::Kind::String;
    syntax.text = node.members("sval").text("sval");
  } else if (node.has("boolval")) {
    syntax.kind = Syntax::Kind::Boolean;
    syntax.is_true = node.members("boolval").is_true("boolval");
  } else if (node.is_true("isnull")) {
    syntax.kind = Syntax::Kind::Null;
  } else {
    return refuse("a bit string (B'…', X'…')", syntax.offset);
  }
  return true;
}

// The JSON has positive integers only; the others are read where they stand.
std::optional<std::string> SyntaxReader::integer_of(const JsonNode& constant) const {
  const std::int64_t positive = constant.members("ival").number("ival", 0);
  if (positive > 0) return std::to_string(positive);
  const std::int64_t location = constant.number("location", -1);
  if (location < 0) return std::nullopt;
  std::string_view digits = digits_at(statements_, static_cast<std::size_t>(location));
  if (digits.empty()) return std::nullopt;
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  return digits.empty() ? "0" : "-" + std::string(digits);
}

bool SyntaxReader::read_cast(const JsonNode& node, Syntax& syntax) {
  syntax.kind = Syntax::Kind::Cast;
  const JsonNode names = node.members("typeName");
  const std::uint32_t type_offset = offset_of(names, syntax.offset);
  if (node.number("location", -1) < 0) syntax.offset = type_offset;  // DATE '…'
  return read_type(names, type_offset, syntax.type) && add(node.child("arg"), syntax);
}

bool SyntaxReader::read_type(const JsonNode& names, std::uint32_t offset, TypeName& type) {
  if (!knows(names, {"names", "typmods", "typemod", "location"}, offset)) return false;
  std::vector<std::string> parts = parts_of(names, "names");
  strip_catalog(parts);
  if (parts.size() != 1) return refuse("a type with its schema (" + joined(parts) + ")", offset);
  type.name = std::move(parts[0]);
  return read_modifiers(names, offset, type);
}

bool SyntaxReader::read_modifiers(const JsonNode& names, std::uint32_t offset, TypeName& type) {
  for (const JsonNode& modifier : names.list("typmods")) {
    std::int32_t number = 0;
    const auto text = modifier.has("ival") ? integer_of(modifier) : std::nullopt;
    if (!text ||
        std::from_chars(text->data(), text->data() + text->size(), number).ec != std::errc()) {
      return complain("what is in the parentheses of a type must be integers",
                      offset_of(modifier, offset));
    }
    type.modifiers.push_back(number);
  }
  return true;
}

bool SyntaxReader::read_collate(const JsonNode& node, Syntax& syntax) {
  syntax.kind = Syntax::Kind::Collate;
  std::vector<std::string> parts = parts_of(node, "collname");
  strip_catalog(parts);
  if (parts.size() != 1) {
    return refuse("a collation with its schema (" + joined(parts) + ")", syntax.offset);
  }
  syntax.name = std::move(parts[0]);
  return add(node.child("arg"), syntax);
}

bool SyntaxReader::read_function(const JsonNode& node, Syntax& syntax) {
  syntax.kind = Syntax::Kind::Function;
  std::vector<std::string> parts = parts_of(node, "funcname");
  // What the grammar made of a form like EXTRACT(… FROM …) or … AT TIME ZONE … .
  if (node.text("funcformat") == "COERCE_SQL_SYNTAX") strip_catalog(parts);
  if (parts.size() != 1) {
    return refuse("a function with its schema (" + joined(parts) + ")", syntax.offset);
  }
  if (parts[0] == "overlaps") return refuse("OVERLAPS", syntax.offset);
  syntax.name = std::move(parts[0]);
  return knows(node, {"funcname", "args", "funcformat", "location"}, syntax.offset) &&
         add_all(node.list("args"), syntax);
}

bool SyntaxReader::read_logic(const JsonNode& node, Syntax& syntax) {
  const std::string_view kind = node.text("boolop");
  syntax.kind = kind == "AND_EXPR"  ? Syntax::Kind::And
                : kind == "OR_EXPR" ? Syntax::Kind::Or
                                    : Syntax::Kind::Not;
  return add_all(node.list("args"), syntax);
}

bool SyntaxReader::read_null_test(const JsonNode& node, Syntax& syntax) {
  syntax.kind = Syntax::Kind::IsNull;
  syntax.is_negated = node.text("nulltesttype") == "IS_NOT_NULL";
  return add(node.child("arg"), syntax);
}

bool SyntaxReader::read_boolean_test(const JsonNode& node, Syntax& syntax) {
  syntax.kind = Syntax::Kind::IsBoolean;
  const std::string_view test = node.text("booltesttype");  // IS_TRUE, IS_NOT_TRUE, …
  syntax.is_negated = test.starts_with("IS_NOT_");
  syntax.name = test.ends_with("TRUE") ? "true" : test.ends_with("FALSE") ? "false" : "unknown";
  return add(node.child("arg"), syntax);
}

bool SyntaxReader::read_case(const JsonNode& node, Syntax& syntax) {
  syntax.kind = Syntax::Kind::Case;
  syntax.has_operand = node.has("arg");
  syntax.has_else = node.has("defresult");
  if (syntax.has_operand && !add(node.child("arg"), syntax)) return false;
  for (const JsonNode& when : node.list("args")) {
    if (!add(when.child("expr"), syntax) || !add(when.child("result"), syntax)) return false;
  }
  return !syntax.has_else || add(node.child("defresult"), syntax);
}

bool SyntaxReader::read_coalesce(const JsonNode& node, Syntax& syntax) {
  syntax.kind = Syntax::Kind::Coalesce;
  return add_all(node.list("args"), syntax);
}

bool SyntaxReader::read_extreme(const JsonNode& node, Syntax& syntax) {
  syntax.kind = node.text("op") == "IS_LEAST" ? Syntax::Kind::Least : Syntax::Kind::Greatest;
  return add_all(node.list("args"), syntax);
}

bool SyntaxReader::read_any_operator(const JsonNode& node, Syntax& syntax) {
  const std::string_view kind = node.text("kind");
  const Form form = form_of_operator(kind);
  if (form != nullptr) return (this->*form)(node, syntax);
  if (kind == "AEXPR_OP_ANY") return refuse("ANY (…)", syntax.offset);
  if (kind == "AEXPR_OP_ALL") return refuse("ALL (…)", syntax.offset);
  return refuse(construct_of(kind), syntax.offset);
}

bool SyntaxReader::read_operator(const JsonNode& node, Syntax& syntax) {
  syntax.kind = Syntax::Kind::Operator;
  std::vector<std::string> parts = parts_of(node, "name");
  if (parts.size() != 1) {
    return refuse("an operator with its schema (" + joined(parts) + ")", syntax.offset);
  }
  syntax.name = std::move(parts[0]);
  if (node.has("lexpr") && !add(node.child("lexpr"), syntax)) return false;
  return add(node.child("rexpr"), syntax);
}

bool SyntaxReader::read_distinct(const JsonNode& node, Syntax& syntax) {
  syntax.kind = Syntax::Kind::IsDistinct;
  syntax.is_negated = node.text("kind") == "AEXPR_NOT_DISTINCT";
  return add(node.child("lexpr"), syntax) && add(node.child("rexpr"), syntax);
}

bool SyntaxReader::read_null_if(const JsonNode& node, Syntax& syntax) {
  syntax.kind = Syntax::Kind::NullIf;
  return add(node.child("lexpr"), syntax) && add(node.child("rexpr"), syntax);
}

bool SyntaxReader::read_in(const JsonNode& node, Syntax& syntax) {
  syntax.kind = Syntax::Kind::In;
  syntax.is_negated = parts_of(node, "name") == std::vector<std::string>{"<>"};
  return add(node.child("lexpr"), syntax) && add_all(node.child("rexpr").list("items"), syntax);
}

bool SyntaxReader::read_between(const JsonNode& node, Syntax& syntax) {
  syntax.kind = Syntax::Kind::Between;
  syntax.is_negated = node.text("kind") == "AEXPR_NOT_BETWEEN";
  return add(node.child("lexpr"), syntax) && add_all(node.child("rexpr").list("items"), syntax);
}

bool SyntaxReader::read_like(const JsonNode& node, Syntax& syntax) {
  syntax.kind = Syntax::Kind::Like;
  syntax.is_negated = parts_of(node, "name") == std::vector<std::string>{"!~~"};
  if (!add(node.child("lexpr"), syntax)) return false;
  const JsonNode pattern = node.child("rexpr");
  const std::vector<JsonNode> with_escape = pattern.list("args");
  if (is_catalog_function(pattern, "like_escape") && with_escape.size() == 2) {
    return add_all(with_escape, syntax);
  }
  return add(pattern, syntax);
}

bool SyntaxReader::add(const JsonNode& node, Syntax& syntax) {
  SyntaxPtr argument = read(node, syntax.offset);
  if (!argument) return false;
  syntax.arguments.push_back(std::move(argument));
  return true;
}

bool SyntaxReader::add_all(const std::vector<JsonNode>& nodes, Syntax& syntax) {
  return std::all_of(nodes.begin(), nodes.end(),
                     [&](const JsonNode& node) { return add(node, syntax); });
}

bool SyntaxReader::knows(const JsonNode& node, std::initializer_list<std::string_view> keys,
                         std::uint32_t offset) {
  // WITHIN GROUP comes with the members of a plain ORDER BY, and says more.
  if (node.has("agg_within_group")) return refuse(construct_of("agg_within_group"), offset);
  for (const std::string_view key : node.keys()) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      return refuse(construct_of(key), offset);
    }
  }
  return true;
}

bool SyntaxReader::refuse(const std::string& construct, std::uint32_t offset) {
  return complain(construct + " cannot be used in a route", offset);
}

bool SyntaxReader::complain(std::string what, std::uint32_t offset) {
  complaint_ = Complaint{std::move(what), offset};
  return false;
}

}  // namespace slotcast::sql
