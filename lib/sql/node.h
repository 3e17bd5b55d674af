#pragma once

#include <memory>

#include "lib/sql/expression.h"

// What a resolved expression is made of: a tree that is asked from the top for each row.

namespace slotcast::sql {

// A value that an operand had, for those below that need it again: BETWEEN, CASE x WHEN, IN and
// NULLIF ask their operand once, as PostgreSQL does. Lives on the stack of who binds it.
struct Binding {
  std::uint32_t id = 0;
  const Value* value = nullptr;
  const Binding* outer = nullptr;
};

struct Context {
  Frame& frame;
  const Change& change;
  Cells cells;
  const Binding* bindings = nullptr;
};

class Node {
 public:
  virtual ~Node() = default;
  virtual Outcome evaluate(Context& context, Value& value) const = 0;
  // For what needs no text of the cell; most nodes have only their value.
  virtual const Cell* cell(const Context&) const { return nullptr; }
};

using NodePtr = std::unique_ptr<const Node>;
using Nodes = std::vector<NodePtr>;

}  // namespace slotcast::sql
