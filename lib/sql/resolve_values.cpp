#include <algorithm>
#include <charconv>

#include "lib/sql/resolver.h"
#include "lib/sql/value_nodes.h"

namespace slotcast::sql {
namespace {

const ScopeColumn* find_column(const std::vector<ScopeColumn>& columns, std::string_view name) {
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const ScopeColumn& each) { return each.name == name; });
  return found == columns.end() ? nullptr : &*found;
}

Input input_of_cells(Kind kind) {
  return is_stored_as_text(kind) ? nullptr : routines_of(kind).input;
}

}  // namespace

Typed Resolver::constant(const Type& type, const Value& value, std::uint32_t offset) const {
  Typed typed;
  typed.node = std::make_unique<ConstantNode>(type.kind, value);
  typed.type = type;
  typed.offset = offset;
  typed.is_constant = true;
  return typed;
}

Result<Typed> Resolver::column(const Syntax& syntax) {
  Typed typed;
  typed.offset = syntax.offset;
  if (const ScopeColumn* found = find_column(scope_.columns, syntax.name)) {
    const auto index = static_cast<std::uint32_t>(found - scope_.columns.data());
    typed.node =
        std::make_unique<ColumnNode>(index, found->type.kind, input_of_cells(found->type.kind));
    typed.type = found->type;
    typed.plain_column = index;
    typed.is_bare_column = true;
    columns_.push_back(index);
    return typed;
  }
  if (const ScopeColumn* found = find_column(scope_.absent, syntax.name)) {
    return constant(found->type, Value::null(), syntax.offset);
  }
  if (const Metadata* found = find_metadata(syntax.name)) {
    asks_metadata_ = asks_metadata_ || (found->name != "_schema" && found->name != "_table");
    typed.node = std::make_unique<MetadataNode>(found->read);
    typed.type.kind = found->kind;
    if (is_text(found->kind)) typed.type.collation = Collation::Equality;
    return typed;
  }
  return refuse(syntax.offset, "column \"" + syntax.name + "\" does not exist");
}

// An integer is the smallest of int4, int8 and numeric that holds it.
Result<Typed> Resolver::number(const Syntax& syntax) {
  std::int64_t integer = 0;
  const char* end = syntax.text.data() + syntax.text.size();
  const auto [stopped, problem] = std::from_chars(syntax.text.data(), end, integer);
  if (problem == std::errc() && stopped == end) {
    const bool is_small = integer >= INT32_MIN && integer <= INT32_MAX;
    return constant(plain_type(is_small ? Kind::Int4 : Kind::Int8), Value::of_integer(integer),
                    syntax.offset);
  }
  return convert_literal(
      constant(plain_type(Kind::Unknown), Value::of_text(syntax.text), syntax.offset),
      plain_type(Kind::Numeric));
}

Result<Typed> Resolver::cast(const Syntax& syntax) {
  Type to;
  to.kind = kind_named(syntax.type.name);
  if (to.kind == Kind::Unknown) {
    return refuse(syntax.offset, "a cast to type " + syntax.type.name + " is not supported");
  }
  const auto& modifiers = syntax.type.modifiers;
  const std::string name = syntax.type.name;
  if (!modifiers.empty() && to.kind == Kind::Numeric && modifiers.size() <= 2) {
    const NumericModifier numeric{modifiers[0], modifiers.size() == 2 ? modifiers[1] : 0};
    if (numeric.precision < 1 || numeric.precision > 1000) {
      return refuse(syntax.offset, "NUMERIC precision " + std::to_string(numeric.precision) +
                                       " must be between 1 and 1000");
    }
    if (numeric.scale < -1000 || numeric.scale > 1000) {
      return refuse(syntax.offset, "NUMERIC scale " + std::to_string(numeric.scale) +
                                       " must be between -1000 and 1000");
    }
    to.modifier = to_modifier(numeric);
  } else if (!modifiers.empty() && to.kind == Kind::Varchar && modifiers.size() == 1) {
    constexpr std::int32_t kLengthMax = 10'485'760;
    if (modifiers[0] < 1 || modifiers[0] > kLengthMax) {
      return refuse(syntax.offset, "length for type varchar must be from 1 to 10485760");
    }
    to.modifier = to_varchar_modifier(modifiers[0]);
  } else if (!modifiers.empty()) {
    return refuse(syntax.offset, "a cast to type " + name + " with a modifier is not supported");
  }
  TRY_ASSIGN(Typed typed, resolve(*syntax.arguments[0]));
  typed.offset = syntax.offset;
  return convert(std::move(typed), to, true);
}

Result<Typed> Resolver::collate(const Syntax& syntax) {
  TRY_ASSIGN(Typed typed, resolve(*syntax.arguments[0]));
  if (typed.type.kind == Kind::Unknown) {
    TRY_ASSIGN(typed, convert(std::move(typed), plain_type(Kind::Text), false));
  }
  if (!is_text(typed.type.kind)) {
    return refuse(syntax.offset, "collations are not supported by type " + name_of(typed.type));
  }
  if (syntax.name != "C" && syntax.name != "POSIX") {
    return refuse(syntax.offset, "collation \"" + syntax.name +
                                     "\" is not supported, only \"C\": the server's order of "
                                     "texts is not known here");
  }
  typed.type.collation = Collation::Bytes;
  typed.has_chosen_collation = true;
  typed.is_bare_column = false;
  return typed;
}

}  // namespace slotcast::sql
