#pragma once

#include <string_view>

#include "lib/sql/frame.h"
#include "lib/sql/json_parser.h"
#include "lib/sql/jsonb_number.h"

namespace slotcast::sql {

// One value of a JSON text that is being made jsonb of. Nodes are in a frame, and never freed.
struct JsonbNode {
  enum class Form : char { Object, Array, String, Number, Literal };

  Form form = Form::Literal;
  std::string_view key;   // of a member of an object, its characters
  std::string_view text;  // a String's characters, a Number or a Literal as written
  JsonbNode* parent = nullptr;
  JsonbNode* next = nullptr;   // of the same parent
  JsonbNode* first = nullptr;  // of an Object's or an Array's children
  JsonbNode* last = nullptr;
  std::size_t children = 0;

  bool has_children() const { return form == Form::Object || form == Form::Array; }
};

// Builds the tree of a text. Objects have their keys in jsonb's order, and each once.
class JsonbTree {
 public:
  explicit JsonbTree(Frame& frame) : frame_(frame) {}

  // False after frame.fail().
  bool build(std::string_view text);
  const JsonbNode& root() const { return *root_; }
  // What printing it takes at most.
  std::size_t printed_bytes_max() const { return printed_bytes_; }

 private:
  JsonbNode& add(JsonbNode::Form form);
  bool add_scalar(const JsonToken& token);
  void open(JsonbNode::Form form) { parent_ = &add(form); }
  void close();
  std::string_view characters_of(const JsonToken& token);

  Frame& frame_;
  JsonbNode* root_ = nullptr;
  JsonbNode* parent_ = nullptr;  // whose children come next
  std::string_view key_;         // of the next member
  std::size_t printed_bytes_ = 0;
};

}  // namespace slotcast::sql
