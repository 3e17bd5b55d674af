#pragma once

#include <utility>

#include "lib/sql/builtin.h"
#include "lib/sql/node.h"

// Nodes that work something out of what is below them.

namespace slotcast::sql {

// A built-in: NULL when an argument is.
class CallNode final : public Node {
 public:
  CallNode(Call call, Nodes arguments) : call_(call), arguments_(std::move(arguments)) {}
  Outcome evaluate(Context& context, Value& value) const override;

 private:
  const Call call_;
  const Nodes arguments_;
};

// The same of one argument, as casts are.
class SingleCallNode final : public Node {
 public:
  SingleCallNode(Call call, NodePtr argument) : call_(call), argument_(std::move(argument)) {}
  Outcome evaluate(Context& context, Value& value) const override;

 private:
  const Call call_;
  const NodePtr argument_;
};

// The same of two arguments, which most are: asked for each row, a constant stands ready.
class PairCallNode final : public Node {
 public:
  PairCallNode(Call call, NodePtr left, NodePtr right);
  Outcome evaluate(Context& context, Value& value) const override;

 private:
  const Call call_;
  const NodePtr left_;
  const NodePtr right_;
  const Value* const constant_;  // the right one's; null when it is none
};

NodePtr make_call(Call call, Nodes arguments);

// A value's text as its output function gives it.
class OutputNode final : public Node {
 public:
  OutputNode(Output output, NodePtr argument) : output_(output), argument_(std::move(argument)) {}
  Outcome evaluate(Context& context, Value& value) const override;

 private:
  const Output output_;
  const NodePtr argument_;
};

// What the output function of `kind` makes of it. A column of that kind has it already.
NodePtr make_output(Kind kind, NodePtr argument);

// A value made to fit its type's modifier.
class FitNode final : public Node {
 public:
  FitNode(Fit fit, std::int32_t modifier, bool is_explicit, NodePtr argument)
      : fit_(fit), modifier_(modifier), is_explicit_(is_explicit), argument_(std::move(argument)) {}
  Outcome evaluate(Context& context, Value& value) const override;

 private:
  const Fit fit_;
  const std::int32_t modifier_;
  const bool is_explicit_;
  const NodePtr argument_;
};

// concat(): the texts one behind the other, NULLs left out.
class ConcatNode final : public Node {
 public:
  explicit ConcatNode(Nodes texts) : texts_(std::move(texts)) {}
  Outcome evaluate(Context& context, Value& value) const override;

 private:
  const Nodes texts_;
};

}  // namespace slotcast::sql
