#pragma once

#include <string>

#include "lib/sql/builtin.h"
#include "lib/sql/node.h"

// Nodes that have nothing below them.

namespace slotcast::sql {

// A literal, or what was worked out of literals when the expression was resolved.
class ConstantNode final : public Node {
 public:
  ConstantNode(Kind kind, const Value& value);
  Outcome evaluate(Context&, Value& value) const override {
    value = value_;
    return Outcome::Ok;
  }
  const Value& value() const { return value_; }

 private:
  std::string text_;
  Decimal decimal_;
  Value value_;
};

class ColumnNode final : public Node {
 public:
  // `input` reads the cell's text; null when the text is the value.
  ColumnNode(std::uint32_t index, Kind kind, Input input)
      : index_(index), kind_(kind), input_(input) {}
  std::uint32_t index() const { return index_; }
  Kind kind() const { return kind_; }
  Outcome evaluate(Context& context, Value& value) const override;
  const Cell* cell(const Context& context) const override { return &context.cells[index_]; }

 private:
  const std::uint32_t index_;
  const Kind kind_;
  const Input input_;
};

class BoundNode final : public Node {
 public:
  explicit BoundNode(std::uint32_t id) : id_(id) {}
  Outcome evaluate(Context& context, Value& value) const override;

 private:
  const std::uint32_t id_;
};

// One of the metadata columns.
using ReadMetadata = Value (*)(const Change& change, Frame& frame);
struct Metadata {
  std::string_view name;
  Kind kind;
  ReadMetadata read;
};
// Null for any other name.
const Metadata* find_metadata(std::string_view name);

class MetadataNode final : public Node {
 public:
  explicit MetadataNode(ReadMetadata read) : read_(read) {}
  Outcome evaluate(Context& context, Value& value) const override {
    value = read_(context.change, context.frame);
    return Outcome::Ok;
  }

 private:
  const ReadMetadata read_;
};

}  // namespace slotcast::sql
