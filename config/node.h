#pragma once

#include <yaml-cpp/yaml.h>

#include <chrono>
#include <functional>
#include <initializer_list>
#include <set>
#include <string>
#include <vector>

#include "config/findings.h"
#include "config/secrets.h"

// One YAML mapping with its path, read key by key: what was never asked for is an error at its
// place. yaml-cpp and its exceptions stop here and in load.cpp.

namespace slotcast::config {

Place place_of(const YAML::Node& node);

class Mapping {
 public:
  // `path` is for messages: "sinks.lake.batch". A node that is no mapping is an error.
  Mapping(const YAML::Node& node, std::string path, Findings& findings);

  // Each leaves `value` as it is (the default) when the key is absent or wrong.
  void text(const char* key, std::string& value);
  void size(const char* key, std::uint64_t& value);
  void duration(const char* key, std::chrono::nanoseconds& value);
  void count(const char* key, std::uint64_t& value);
  // "default" is 0.
  void count_or_default(const char* key, std::uint64_t& value);
  void boolean(const char* key, bool& value);
  // One of several values by its name, as name_of() has it.
  template <class Value>
  void choice(const char* key, std::initializer_list<Value> values, Value& value) {
    std::string found;
    if (!scalar(key, found)) return;
    std::string names;
    for (const Value one : values) {
      if (name_of(one) == found) {
        value = one;
        return;
      }
      names += (names.empty() ? "" : ", ") + std::string(name_of(one));
    }
    wrong(key, "\"" + found + "\" is none of " + names);
  }
  // What would be in every backup and every diff of the file: only as ${file:NAME} or ${env:NAME}.
  // `written` is that, for printing.
  void secret(const char* key, const Environment& environment, std::string& value,
              std::string& written);
  // A list of texts, or one text alone.
  std::vector<std::pair<std::string, Place>> texts(const char* key, bool may_be_empty = false);

  // Loads the mapping under the key, when there is one.
  template <class Load>
  void with(const char* key, const Load& load) {
    const YAML::Node node = child(key);
    if (!node.IsDefined()) return;
    Mapping mapping(node, path_.empty() ? key : path_ + "." + key, findings_);
    load(mapping);
  }

  // Whether the key is there; it counts as asked for.
  bool has(const char* key);
  YAML::Node child(const char* key);
  Place place(const char* key) const;
  Place place() const { return place_; }
  const std::string& path() const { return path_; }
  std::vector<std::string> keys() const;

  // Keys that exist but that this version cannot do anything with.
  void refuse(const char* key, const std::string& why);
  void require(const char* key);
  // Reports unknown and doubled keys. Call last.
  void finish();
  // And adds those that were asked for to `known`, behind `prefix`: "sinks.*.batch.".
  void finish(const std::string& prefix, std::vector<std::string>& known);

 private:
  bool scalar(const char* key, std::string& text);
  void wrong(const char* key, const std::string& what);

  YAML::Node node_;
  const std::string path_;
  Findings& findings_;
  Place place_;
  std::vector<std::string> asked_;
};

}  // namespace slotcast::config
