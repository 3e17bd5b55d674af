#include <algorithm>

#include "lib/sql/expression.h"
#include "lib/sql/library.h"

namespace slotcast::sql {
namespace {

bool takes_so_many(const std::vector<const Function*>& functions, std::size_t count) {
  return std::any_of(functions.begin(), functions.end(),
                     [&](const Function* each) { return each->count == static_cast<int>(count); });
}

std::optional<Complaint> check_one(const Syntax& syntax) {
  const auto complaint = [&](std::string what) {
    return Complaint{std::move(what), syntax.offset};
  };
  switch (syntax.kind) {
    case Syntax::Kind::Function: {
      if (syntax.name == "concat") return std::nullopt;
      const auto& functions = functions_named(syntax.name);
      if (functions.empty()) return complaint("function " + syntax.name + " is not supported");
      if (takes_so_many(functions, syntax.arguments.size())) return std::nullopt;
      return complaint("function " + syntax.name + " does not take " +
                       std::to_string(syntax.arguments.size()) + " arguments");
    }
    case Syntax::Kind::Operator: {
      const std::string sign = syntax.name == "!=" ? "<>" : syntax.name;
      if (takes_so_many(functions_named(sign), syntax.arguments.size())) return std::nullopt;
      return complaint("operator " + syntax.name + " is not supported");
    }
    case Syntax::Kind::Cast:
      if (kind_named(syntax.type.name) != Kind::Unknown) return std::nullopt;
      return complaint("a cast to type " + syntax.type.name + " is not supported");
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<Complaint> check_names(const Syntax& syntax) {
  for (const SyntaxPtr& argument : syntax.arguments) {
    if (auto complaint = check_names(*argument)) return complaint;
  }
  return check_one(syntax);
}

}  // namespace slotcast::sql
