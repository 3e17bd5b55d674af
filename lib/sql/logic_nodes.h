#pragma once

#include <utility>

#include "lib/sql/builtin.h"
#include "lib/sql/node.h"

// Three-valued logic. Where one side decides, a cell on the other that was not sent does no harm.

namespace slotcast::sql {

// AND and OR: ends at the first argument that decides, as PostgreSQL does.
class JunctionNode final : public Node {
 public:
  JunctionNode(bool is_and, Nodes arguments) : is_and_(is_and), arguments_(std::move(arguments)) {}
  Outcome evaluate(Context& context, Value& value) const override;

 private:
  const bool is_and_;
  const Nodes arguments_;
};

class NotNode final : public Node {
 public:
  explicit NotNode(NodePtr argument) : argument_(std::move(argument)) {}
  Outcome evaluate(Context& context, Value& value) const override;

 private:
  const NodePtr argument_;
};

class IsNullNode final : public Node {
 public:
  IsNullNode(bool is_negated, NodePtr argument)
      : is_negated_(is_negated), argument_(std::move(argument)) {}
  Outcome evaluate(Context& context, Value& value) const override;

 private:
  const bool is_negated_;
  const NodePtr argument_;
};

// IS TRUE, IS FALSE, IS UNKNOWN.
class IsBooleanNode final : public Node {
 public:
  enum class Asked { True, False, Unknown };
  IsBooleanNode(Asked asked, bool is_negated, NodePtr argument)
      : asked_(asked), is_negated_(is_negated), argument_(std::move(argument)) {}
  Outcome evaluate(Context& context, Value& value) const override;

 private:
  const Asked asked_;
  const bool is_negated_;
  const NodePtr argument_;
};

// IS DISTINCT FROM, by the type's "=".
class DistinctNode final : public Node {
 public:
  DistinctNode(Call equal, bool is_negated, NodePtr left, NodePtr right)
      : equal_(equal), is_negated_(is_negated), left_(std::move(left)), right_(std::move(right)) {}
  Outcome evaluate(Context& context, Value& value) const override;

 private:
  const Call equal_;
  const bool is_negated_;
  const NodePtr left_;
  const NodePtr right_;
};

// Evaluates `operand` once and then `body`, which asks for it by its id.
class BindNode final : public Node {
 public:
  BindNode(std::uint32_t id, NodePtr operand, NodePtr body)
      : id_(id), operand_(std::move(operand)), body_(std::move(body)) {}
  Outcome evaluate(Context& context, Value& value) const override;

 private:
  const std::uint32_t id_;
  const NodePtr operand_;
  const NodePtr body_;
};

}  // namespace slotcast::sql
