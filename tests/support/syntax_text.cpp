#include "tests/support/syntax_text.h"

#include <stdexcept>

namespace slotcast::test {
namespace {

using sql::Syntax;
using Kind = Syntax::Kind;

std::string doubled(const std::string& text, char quote) {
  std::string quoted(1, quote);
  for (const char c : text) quoted += c == quote ? std::string(2, c) : std::string(1, c);
  return quoted + quote;
}

std::string joined(const Syntax& syntax, const std::string& between, std::size_t from = 0) {
  std::string list;
  for (std::size_t i = from; i < syntax.arguments.size(); ++i) {
    list += (i == from ? "" : between) + sql_of(*syntax.arguments[i]);
  }
  return list;
}

std::string type_of(const sql::TypeName& type) {
  std::string text = quoted_name(type.name);
  for (std::size_t i = 0; i < type.modifiers.size(); ++i) {
    text += (i == 0 ? "(" : ",") + std::to_string(type.modifiers[i]);
  }
  return type.modifiers.empty() ? text : text + ")";
}

std::string case_of(const Syntax& syntax) {
  std::string text = "CASE";
  std::size_t i = 0;
  if (syntax.has_operand) text += " " + sql_of(*syntax.arguments.at(i++));
  const std::size_t end = syntax.arguments.size() - (syntax.has_else ? 1 : 0);
  for (; i < end; i += 2) {
    text += " WHEN " + sql_of(*syntax.arguments.at(i));
    text += " THEN " + sql_of(*syntax.arguments.at(i + 1));
  }
  if (syntax.has_else) text += " ELSE " + sql_of(*syntax.arguments.back());
  return text + " END";
}

std::string operator_of(const Syntax& syntax) {
  if (syntax.arguments.size() == 1) return syntax.name + " " + sql_of(*syntax.arguments[0]);
  return joined(syntax, " " + syntax.name + " ");
}

// Without the parentheses around it.
std::string inner_of(const Syntax& syntax) {
  const std::string negation = syntax.is_negated ? "NOT " : "";
  const auto argument = [&](std::size_t i) { return sql_of(*syntax.arguments.at(i)); };
  switch (syntax.kind) {
    case Kind::Collate:
      return argument(0) + " COLLATE " + quoted_name(syntax.name);
    case Kind::Operator:
      return operator_of(syntax);
    case Kind::And:
      return joined(syntax, " AND ");
    case Kind::Or:
      return joined(syntax, " OR ");
    case Kind::Not:
      return "NOT " + argument(0);
    case Kind::IsNull:
      return argument(0) + " IS " + negation + "NULL";
    case Kind::IsBoolean:
      return argument(0) + " IS " + negation + syntax.name;
    case Kind::IsDistinct:
      return argument(0) + " IS " + negation + "DISTINCT FROM " + argument(1);
    case Kind::In:
      return argument(0) + " " + negation + "IN (" + joined(syntax, ",", 1) + ")";
    case Kind::Between:
      return argument(0) + " " + negation + "BETWEEN " + argument(1) + " AND " + argument(2);
    case Kind::Like:
      return argument(0) + " " + negation + "LIKE " + argument(1) +
             (syntax.arguments.size() == 3 ? " ESCAPE " + argument(2) : "");
    default:
      throw std::logic_error("no such kind of syntax");
  }
}

}  // namespace

std::string quoted_name(const std::string& name) {
  return doubled(name, '"');
}

std::string sql_of(const Syntax& syntax) {
  switch (syntax.kind) {
    case Kind::Column:
      return quoted_name(syntax.name);
    case Kind::String:
      return doubled(syntax.text, '\'');
    case Kind::Number:
      // The minus of a constant is not an operator to PostgreSQL, so it gets no parentheses.
      return syntax.text;
    case Kind::Boolean:
      return syntax.is_true ? "true" : "false";
    case Kind::Null:
      return "NULL";
    case Kind::Cast:
      return "CAST(" + sql_of(*syntax.arguments.at(0)) + " AS " + type_of(syntax.type) + ")";
    case Kind::Case:
      return case_of(syntax);
    case Kind::Coalesce:
      return "COALESCE(" + joined(syntax, ",") + ")";
    case Kind::NullIf:
      return "NULLIF(" + joined(syntax, ",") + ")";
    case Kind::Greatest:
      return "GREATEST(" + joined(syntax, ",") + ")";
    case Kind::Least:
      return "LEAST(" + joined(syntax, ",") + ")";
    case Kind::Function:
      return quoted_name(syntax.name) + "(" + joined(syntax, ",") + ")";
    default:
      return "(" + inner_of(syntax) + ")";
  }
}

}  // namespace slotcast::test
