#include "lib/sql/jsonb_tree.h"

#include <algorithm>
#include <cstdint>
#include <new>

#include "lib/sql/json_string.h"
#include "lib/sql/jsonb_text.h"

namespace slotcast::sql {
namespace {

// Room for objects; give back room_bytes<T>(count) to have it free again.
template <class T>
constexpr std::size_t room_bytes(std::size_t count) {
  return count * sizeof(T) + alignof(T) - 1;
}
template <class T>
T* room_for(Frame& frame, std::size_t count) {
  char* const room = frame.room(room_bytes<T>(count));
  const std::uintptr_t past = reinterpret_cast<std::uintptr_t>(room) % alignof(T);
  return reinterpret_cast<T*>(room + (past == 0 ? 0 : alignof(T) - past));
}

// jsonb's order of keys.
int compare_keys(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return left.size() < right.size() ? -1 : 1;
  return left.compare(right);
}

// Of equal keys the one that was read later comes first.
struct Member {
  JsonbNode* node;
  std::size_t position;

  bool operator<(const Member& other) const {
    const int order = compare_keys(node->key, other.node->key);
    return order != 0 ? order < 0 : position > other.position;
  }
};

bool is_sorted(const JsonbNode& object) {
  for (const JsonbNode* node = object.first; node != object.last; node = node->next) {
    if (compare_keys(node->key, node->next->key) >= 0) return false;
  }
  return true;
}

void sort_members(Frame& frame, JsonbNode& object) {
  Member* const members = room_for<Member>(frame, object.children);
  std::size_t count = 0;
  for (JsonbNode* node = object.first; node != nullptr; node = node->next) {
    new (&members[count]) Member{node, count};
    ++count;
  }
  std::sort(members, members + count);
  object.first = object.last = members[0].node;
  for (std::size_t i = 1; i < count; ++i) {
    if (members[i].node->key == object.last->key) continue;
    object.last = object.last->next = members[i].node;
  }
  object.last->next = nullptr;
  frame.trim(room_bytes<Member>(count));
}

}  // namespace

JsonbNode& JsonbTree::add(JsonbNode::Form form) {
  JsonbNode& node = *new (room_for<JsonbNode>(frame_, 1)) JsonbNode;
  node.form = form;
  node.parent = parent_;
  printed_bytes_ += 2;  // ", ", or the brackets of the first
  if (parent_ == nullptr) {
    root_ = &node;
    return node;
  }
  if (parent_->form == JsonbNode::Form::Object) {
    node.key = key_;
    printed_bytes_ += escaped_json_bytes(key_) + 2;
  }
  (parent_->last == nullptr ? parent_->first : parent_->last->next) = &node;
  parent_->last = &node;
  ++parent_->children;
  return node;
}

std::string_view JsonbTree::characters_of(const JsonToken& token) {
  const std::string_view inner = token.inner();
  if (!token.has_escape) return inner;
  char* const characters = frame_.room(inner.size());
  const auto size = static_cast<std::size_t>(unescape_json(inner, characters) - characters);
  frame_.trim(inner.size() - size);
  return {characters, size};
}

bool JsonbTree::add_scalar(const JsonToken& token) {
  if (token.is(JsonToken::Form::String)) {
    JsonbNode& node = add(JsonbNode::Form::String);
    node.text = characters_of(token);
    printed_bytes_ += escaped_json_bytes(node.text);
    return true;
  }
  const bool is_number = token.is(JsonToken::Form::Number);
  add(is_number ? JsonbNode::Form::Number : JsonbNode::Form::Literal).text = token.text;
  if (!is_number) {
    printed_bytes_ += token.text.size();
    return true;
  }
  JsonbNumber number;
  if (!number.read(token.text)) return frame_.fail("22003", "value overflows numeric format");
  printed_bytes_ += number.printed_bytes();
  return true;
}

void JsonbTree::close() {
  printed_bytes_ += 2;
  if (parent_->form == JsonbNode::Form::Object && parent_->children > 1 && !is_sorted(*parent_)) {
    sort_members(frame_, *parent_);
  }
  parent_ = parent_->parent;
}

bool JsonbTree::build(std::string_view text) {
  JsonParser parser(text, JsonLexer::Escapes::Characters);
  while (true) {
    switch (parser.next()) {
      case JsonParser::Part::BeginObject:
        open(JsonbNode::Form::Object);
        break;
      case JsonParser::Part::BeginArray:
        open(JsonbNode::Form::Array);
        break;
      case JsonParser::Part::EndObject:
      case JsonParser::Part::EndArray:
        close();
        break;
      case JsonParser::Part::Key:
        key_ = characters_of(parser.token());
        break;
      case JsonParser::Part::Scalar:
        if (!add_scalar(parser.token())) return false;
        break;
      case JsonParser::Part::End:
        return true;
      case JsonParser::Part::Error:
        return fail_json(frame_, parser.error());
    }
  }
}

}  // namespace slotcast::sql
