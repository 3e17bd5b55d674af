#pragma once

#include <utility>

#include "lib/sql/builtin.h"
#include "lib/sql/node.h"

// Nodes that are one of those below them.

namespace slotcast::sql {

// CASE: pairs of a condition and a result, and perhaps one more result.
class CaseNode final : public Node {
 public:
  explicit CaseNode(Nodes parts) : parts_(std::move(parts)) {}
  Outcome evaluate(Context& context, Value& value) const override;

 private:
  const Nodes parts_;
};

class CoalesceNode final : public Node {
 public:
  explicit CoalesceNode(Nodes arguments) : arguments_(std::move(arguments)) {}
  Outcome evaluate(Context& context, Value& value) const override;

 private:
  const Nodes arguments_;
};

// The first argument, or NULL where `is_equal`, which asks for it by binding, is true.
class NullIfNode final : public Node {
 public:
  NullIfNode(std::uint32_t id, NodePtr first, NodePtr is_equal)
      : id_(id), first_(std::move(first)), is_equal_(std::move(is_equal)) {}
  Outcome evaluate(Context& context, Value& value) const override;

 private:
  const std::uint32_t id_;
  const NodePtr first_;
  const NodePtr is_equal_;
};

// GREATEST and LEAST: NULLs do not count. `wins` is the type's ">" or "<".
class ExtremeNode final : public Node {
 public:
  ExtremeNode(Call wins, Nodes arguments) : wins_(wins), arguments_(std::move(arguments)) {}
  Outcome evaluate(Context& context, Value& value) const override;

 private:
  const Call wins_;
  const Nodes arguments_;
};

}  // namespace slotcast::sql
