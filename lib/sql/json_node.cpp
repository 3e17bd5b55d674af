#include "lib/sql/json_node.h"

namespace slotcast::sql {

namespace dom = simdjson::dom;

JsonNode JsonNode::typed(const dom::element& element) {
  dom::object outer;
  dom::object inner;
  if (element.get(outer) != simdjson::SUCCESS || outer.size() != 1) return {};
  const dom::key_value_pair only = *outer.begin();
  if (only.value.get(inner) != simdjson::SUCCESS) return {};
  JsonNode node(inner);
  node.type_ = only.key;
  return node;
}

template <class T>
std::optional<T> JsonNode::get(std::string_view key) const {
  T value{};
  if (!members_ || members_->at_key(key).get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

bool JsonNode::has(std::string_view key) const {
  return get<dom::element>(key).has_value();
}

std::vector<std::string_view> JsonNode::keys() const {
  std::vector<std::string_view> keys;
  if (!members_) return keys;
  for (const dom::key_value_pair& member : *members_) keys.push_back(member.key);
  return keys;
}

std::string_view JsonNode::text(std::string_view key) const {
  return get<std::string_view>(key).value_or(std::string_view());
}

std::int64_t JsonNode::number(std::string_view key, std::int64_t otherwise) const {
  return get<std::int64_t>(key).value_or(otherwise);
}

bool JsonNode::is_true(std::string_view key) const {
  return get<bool>(key).value_or(false);
}

JsonNode JsonNode::child(std::string_view key) const {
  const auto element = get<dom::element>(key);
  return element ? typed(*element) : JsonNode();
}

JsonNode JsonNode::members(std::string_view key) const {
  const auto object = get<dom::object>(key);
  return object ? JsonNode(*object) : JsonNode();
}

std::vector<JsonNode> JsonNode::list(std::string_view key) const {
  std::vector<JsonNode> list;
  const auto elements = get<dom::array>(key);
  if (!elements) return list;
  list.reserve(elements->size());
  for (const dom::element element : *elements) list.push_back(typed(element));
  return list;
}

}  // namespace slotcast::sql
