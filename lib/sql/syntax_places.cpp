#include "lib/sql/syntax_places.h"

#include <algorithm>

namespace slotcast::sql {

std::optional<std::uint32_t> find_column(const Syntax& syntax, const std::string& name) {
  if (syntax.kind == Syntax::Kind::Column && syntax.name == name) return syntax.offset;
  std::optional<std::uint32_t> first;
  for (const SyntaxPtr& argument : syntax.arguments) {
    const auto found = find_column(*argument, name);
    if (found && (!first || *found < *first)) first = found;
  }
  return first;
}

std::uint32_t begin_of(const Syntax& syntax) {
  std::uint32_t begin = syntax.offset;
  for (const SyntaxPtr& argument : syntax.arguments) begin = std::min(begin, begin_of(*argument));
  return begin;
}

}  // namespace slotcast::sql
