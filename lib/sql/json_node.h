#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace slotcast::sql {

// A node of libpg_query's JSON: {"ColumnRef": {…}} is a node of type ColumnRef. What is zero is
// left out there, so a member that is missing is empty.
//
// Points into the parser that read the JSON.
class JsonNode {
 public:
  JsonNode() = default;
  // Of what has no type around it.
  explicit JsonNode(const simdjson::dom::object& members) : members_(members) {}
  // Of a node with its type; missing when it is anything else.
  static JsonNode typed(const simdjson::dom::element& element);

  std::string_view type() const { return type_; }  // empty for a missing one
  bool has(std::string_view key) const;
  std::vector<std::string_view> keys() const;

  std::string_view text(std::string_view key) const;
  std::int64_t number(std::string_view key, std::int64_t otherwise) const;
  bool is_true(std::string_view key) const;
  JsonNode child(std::string_view key) const;    // with its type around it
  JsonNode members(std::string_view key) const;  // without
  std::vector<JsonNode> list(std::string_view key) const;

 private:
  template <class T>
  std::optional<T> get(std::string_view key) const;

  std::string_view type_;
  std::optional<simdjson::dom::object> members_;
};

}  // namespace slotcast::sql
