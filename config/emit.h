#pragma once

#include <yaml-cpp/yaml.h>

#include <map>
#include <string>
#include <vector>

// Members of a mapping that is printed.

namespace slotcast::config {

template <class Value>
void put(YAML::Emitter& out, const char* key, const Value& value) {
  out << YAML::Key << key << YAML::Value << value;
}

// Blanks, backslashes and line ends stay what they are.
inline void put_quoted(YAML::Emitter& out, const std::string& key, const std::string& value) {
  out << YAML::Key << key << YAML::Value << YAML::DoubleQuoted << value;
}

inline void put_list(YAML::Emitter& out, const std::string& key,
                     const std::vector<std::string>& values) {
  out << YAML::Key << key << YAML::Value << YAML::Flow << values;
}

inline void begin(YAML::Emitter& out, const char* key) {
  out << YAML::Key << key << YAML::Value << YAML::BeginMap;
}

}  // namespace slotcast::config
