#pragma once

#include <optional>

#include "lib/sql/node.h"

namespace slotcast::sql {

// A node on its way to an expression, with what is known of its values.
struct Typed {
  NodePtr node;
  Type type;
  std::uint32_t offset = 0;                   // in the text
  bool is_constant = false;                   // the node is a ConstantNode
  bool has_chosen_collation = false;          // by COLLATE
  std::optional<std::uint32_t> plain_column;  // see Expression
  bool is_bare_column = false;
};

// Of a constant.
const Value& value_of(const Typed& typed);
// A constant that is NULL.
bool is_null(const Typed& typed);
bool are_constants(const std::vector<Typed>& typed);

// A cell of these kinds is its value; the others are read.
inline bool is_stored_as_text(Kind kind) {
  return is_text(kind) || kind == Kind::Uuid || kind == Kind::Json || kind == Kind::Jsonb ||
         kind == Kind::Enum || kind == Kind::Other;
}

}  // namespace slotcast::sql
