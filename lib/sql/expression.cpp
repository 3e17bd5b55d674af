#include "lib/sql/expression.h"

#include "lib/sql/library.h"
#include "lib/sql/node.h"
#include "lib/sql/resolver.h"

namespace slotcast::sql {
namespace {

Resolved resolved(Resolver& resolver, Result<Expression> result) {
  Resolved answer;
  if (result.ok()) {
    answer.expression = std::move(result).value();
  } else {
    answer.complaint = Complaint{result.error().what, resolver.offset()};
  }
  return answer;
}

}  // namespace

Expression::Expression(std::unique_ptr<const Node> root, Type type,
                       std::vector<std::uint32_t> columns)
    : root_(std::move(root)),
      type_(std::move(type)),
      output_(routines_of(type_.kind).output),
      columns_(std::move(columns)) {}
Expression::Expression(Expression&&) noexcept = default;
Expression& Expression::operator=(Expression&&) noexcept = default;
Expression::~Expression() = default;

Outcome Expression::evaluate(Frame& frame, const Change& change, Cells cells, Value& value) const {
  Context context{frame, change, cells};
  return root_->evaluate(context, value);
}

Outcome Expression::test(Frame& frame, const Change& change, Cells cells, bool& is_true) const {
  Value value;
  const Outcome outcome = evaluate(frame, change, cells, value);
  is_true = outcome == Outcome::Ok && !value.is_null() && value.integer != 0;
  return outcome;
}

Outcome Expression::evaluate_cell(Frame& frame, const Change& change, Cells cells,
                                  Cell& cell) const {
  if (is_bare_column_) {
    cell = cells[*plain_column_];
    return Outcome::Ok;
  }
  cell = {};
  Value value;
  Context context{frame, change, cells};
  const Outcome outcome = root_->evaluate(context, value);
  if (outcome == Outcome::Unchanged) cell.kind = Cell::Kind::Unchanged;
  if (outcome != Outcome::Ok || value.is_null()) return outcome;
  std::string_view text = value.text;
  if (output_ != nullptr && !output_(frame, value, text)) return Outcome::Failed;
  cell = {text.data(), static_cast<std::uint32_t>(text.size()), Cell::Kind::Text};
  return Outcome::Ok;
}

Resolved resolve_condition(const Syntax& syntax, const Scope& scope) {
  Resolver resolver(scope);
  auto typed = resolver.resolve(syntax);
  if (!typed.ok()) return resolved(resolver, typed.error());
  auto condition = resolver.to_boolean(std::move(typed).value(), "WHERE");
  if (!condition.ok()) return resolved(resolver, condition.error());
  return resolved(resolver, resolver.finish(std::move(condition).value()));
}

Resolved resolve_value(const Syntax& syntax, const Scope& scope) {
  Resolver resolver(scope);
  auto typed = resolver.resolve(syntax);
  if (!typed.ok()) return resolved(resolver, typed.error());
  return resolved(resolver, resolver.finish(std::move(typed).value()));
}

}  // namespace slotcast::sql
