#include "lib/sql/jsonb_text.h"

#include "lib/sql/join.h"
#include "lib/sql/json_string.h"
#include "lib/sql/jsonb_tree.h"

namespace slotcast::sql {
namespace {

char* put(std::string_view text, char* to) {
  return to + text.copy(to, text.size());
}

char* print_scalar(const JsonbNode& node, char* to) {
  if (node.form == JsonbNode::Form::String) return escape_json(node.text, to);
  if (node.form == JsonbNode::Form::Literal) return put(node.text, to);
  JsonbNumber number;
  number.read(node.text);
  return number.print(to);
}

// Down to a node's first child, or up to the next node of the nearest parent that has one: no
// recursion, however deep it goes.
char* print_tree(const JsonbNode& root, char* to) {
  const JsonbNode* node = &root;
  while (true) {
    if (node->parent != nullptr && node->parent->form == JsonbNode::Form::Object) {
      to = put(": ", escape_json(node->key, to));
    }
    if (!node->has_children()) {
      to = print_scalar(*node, to);
    } else {
      *to++ = node->form == JsonbNode::Form::Object ? '{' : '[';
      if (node->first != nullptr) {
        node = node->first;
        continue;
      }
      *to++ = node->form == JsonbNode::Form::Object ? '}' : ']';
    }
    while (node->next == nullptr) {
      node = node->parent;
      if (node == nullptr) return to;
      *to++ = node->form == JsonbNode::Form::Object ? '}' : ']';
    }
    to = put(", ", to);
    node = node->next;
  }
}

}  // namespace

bool fail_json(Frame& frame, JsonError error) {
  if (error == JsonError::Unicode) {
    return frame.fail("22P05", "unsupported Unicode escape sequence");
  }
  if (error == JsonError::Depth) return frame.fail("54001", "stack depth limit exceeded");
  return frame.fail("22P02", "invalid input syntax for type json");
}

bool read_jsonb(Frame& frame, std::string_view text, std::string_view& jsonb) {
  JsonbTree tree(frame);
  if (!tree.build(text)) return false;
  const std::size_t bytes_max = tree.printed_bytes_max();
  if (bytes_max > kValueBytesMax) return frame.fail("54000", "out of memory");
  char* const start = frame.room(bytes_max);
  const auto size = static_cast<std::size_t>(print_tree(tree.root(), start) - start);
  frame.trim(bytes_max - size);
  jsonb = {start, size};
  return true;
}

}  // namespace slotcast::sql
