#include "lib/sql/resolver.h"

#include <algorithm>

#include "lib/sql/value_nodes.h"

namespace slotcast::sql {

Result<Typed> Resolver::resolve(const Syntax& syntax) {
  using Kinds = Syntax::Kind;
  switch (syntax.kind) {
    case Kinds::Column:
      return column(syntax);
    case Kinds::String:
      return constant(plain_type(Kind::Unknown), Value::of_text(syntax.text), syntax.offset);
    case Kinds::Number:
      return number(syntax);
    case Kinds::Boolean:
      return constant(plain_type(Kind::Bool), Value::of_bool(syntax.is_true), syntax.offset);
    case Kinds::Null:
      return constant(plain_type(Kind::Unknown), Value::null(), syntax.offset);
    case Kinds::Cast:
      return cast(syntax);
    case Kinds::Collate:
      return collate(syntax);
    case Kinds::Operator:
      return operation(syntax);
    case Kinds::And:
    case Kinds::Or:
      return junction(syntax);
    case Kinds::Not:
      return negation(syntax);
    case Kinds::IsNull:
      return null_test(syntax);
    case Kinds::IsBoolean:
      return boolean_test(syntax);
    case Kinds::IsDistinct:
      return distinct(syntax);
    case Kinds::In:
      return in_list(syntax);
    case Kinds::Between:
      return between(syntax);
    case Kinds::Like:
      return like(syntax);
    case Kinds::Case:
      return choose_case(syntax);
    case Kinds::Coalesce:
      return coalesce(syntax);
    case Kinds::NullIf:
      return null_if(syntax);
    case Kinds::Greatest:
    case Kinds::Least:
      return extreme(syntax);
    case Kinds::Function:
      return function(syntax);
  }
  return refuse(syntax.offset, "is not supported");
}

Result<Expression> Resolver::finish(Typed typed) {
  if (typed.type.kind == Kind::Unknown) {
    TRY_ASSIGN(typed, convert(std::move(typed), plain_type(Kind::Text), false));
  }
  std::sort(columns_.begin(), columns_.end());
  columns_.erase(std::unique(columns_.begin(), columns_.end()), columns_.end());
  Expression expression(std::move(typed.node), std::move(typed.type), std::move(columns_));
  expression.plain_column_ = typed.plain_column;
  expression.is_bare_column_ = typed.is_bare_column;
  expression.is_constant_ = typed.is_constant;
  expression.asks_metadata_ = asks_metadata_;
  return expression;
}

Result<Typed> Resolver::to_boolean(Typed typed, const char* what) {
  const std::uint32_t offset = typed.offset;
  if (typed.type.kind == Kind::Bool) return typed;
  if (typed.type.kind == Kind::Unknown)
    return convert(std::move(typed), plain_type(Kind::Bool), false);
  return refuse(offset, std::string("argument of ") + what + " must be type boolean, not type " +
                            name_of(typed.type));
}

Error Resolver::refuse(std::uint32_t offset, std::string what) {
  offset_ = offset;
  return invalid(std::move(what));
}

}  // namespace slotcast::sql
