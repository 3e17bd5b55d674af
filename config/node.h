#pragma once

#include <yaml-cpp/yaml.h>

#include <chrono>
#include <functional>
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
  void boolean(const char* key, bool& value);
  // A list of texts, or one text alone.
  std::vector<std::pair<std::string, Place>> texts(const char* key, bool may_be_empty = false);

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
  // Every key that was asked for, as a path; for the test that full.yaml is complete.
  const std::vector<std::string>& asked() const { return asked_; }

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
