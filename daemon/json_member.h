#pragma once

#include <simdjson.h>

#include <string>

// Members of the daemon's own /v1/status, for people: what is missing is "-" or 0.

namespace slotcast {

inline std::string text_of(const simdjson::dom::element& parent, const char* key) {
  std::string_view text;
  if (parent[key].get_string().get(text) != simdjson::SUCCESS) return "-";
  return std::string(text);
}

inline std::uint64_t number_of(const simdjson::dom::element& parent, const char* key) {
  std::uint64_t number = 0;
  if (parent[key].get_uint64().get(number) != simdjson::SUCCESS) return 0;
  return number;
}

}  // namespace slotcast
