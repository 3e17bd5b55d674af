#include "config/node.h"

#include <algorithm>
#include <charconv>

#include "config/units.h"

namespace slotcast::config {
namespace {

// yaml-cpp takes the plain word null for nothing, also as a key; here it is a connector's name.
std::string key_text(const YAML::Node& key) {
  return key.IsNull() ? "null" : key.Scalar();
}

}  // namespace

Place place_of(const YAML::Node& node) {
  const YAML::Mark mark = node.Mark();
  return {mark.line + 1, mark.column + 1};
}

Mapping::Mapping(const YAML::Node& node, std::string path, Findings& findings)
    : node_(node), path_(std::move(path)), findings_(findings), place_(place_of(node)) {
  if (!node_.IsMap() && !node_.IsNull()) {
    findings_.error(place_, (path_.empty() ? "the file" : path_) + " must be a mapping of keys");
    node_ = YAML::Node(YAML::NodeType::Map);
  }
}

YAML::Node Mapping::child(const char* key) {
  asked_.emplace_back(key);
  for (const auto& entry : node_) {
    if (key_text(entry.first) != key) continue;
    findings_.note_place((path_.empty() ? "" : path_ + ".") + key, place_of(entry.second));
    return entry.second;
  }
  return YAML::Node(YAML::NodeType::Undefined);
}

bool Mapping::has(const char* key) {
  return child(key).IsDefined();
}

Place Mapping::place(const char* key) const {
  for (const auto& entry : node_) {
    if (key_text(entry.first) == key) return place_of(entry.first);
  }
  return place_;
}

std::vector<std::string> Mapping::keys() const {
  std::vector<std::string> keys;
  for (const auto& entry : node_) keys.push_back(key_text(entry.first));
  return keys;
}

void Mapping::wrong(const char* key, const std::string& what) {
  const YAML::Node node = child(key);
  findings_.error(place_of(node), path_ + (path_.empty() ? "" : ".") + key + ": " + what);
}

bool Mapping::scalar(const char* key, std::string& text) {
  const YAML::Node node = child(key);
  if (!node.IsDefined()) return false;
  if (!node.IsScalar()) {
    wrong(key, "must be a single value");
    return false;
  }
  text = node.Scalar();
  return true;
}

void Mapping::text(const char* key, std::string& value) {
  std::string found;
  if (scalar(key, found)) value = found;
}

void Mapping::size(const char* key, std::uint64_t& value) {
  std::string found;
  if (!scalar(key, found)) return;
  const auto size = parse_size(found);
  if (!size) return wrong(key, "\"" + found + "\" is not a size; write it as 64MiB or 1GB");
  value = *size;
}

void Mapping::duration(const char* key, std::chrono::nanoseconds& value) {
  std::string found;
  if (!scalar(key, found)) return;
  const auto duration = parse_duration(found);
  if (!duration) {
    return wrong(key, "\"" + found + "\" is not a duration; write it as 500ms, 10s or 72h");
  }
  value = *duration;
}

void Mapping::count(const char* key, std::uint64_t& value) {
  std::string found;
  if (!scalar(key, found)) return;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(found.data(), found.data() + found.size(), number);
  if (error != std::errc() || end != found.data() + found.size() || number == 0) {
    return wrong(key, "\"" + found + "\" is not a whole number above 0");
  }
  value = number;
}

void Mapping::count_or_default(const char* key, std::uint64_t& value) {
  std::string found;
  if (scalar(key, found) && found == "default") {
    value = 0;
  } else {
    count(key, value);
  }
}

void Mapping::boolean(const char* key, bool& value) {
  std::string found;
  if (!scalar(key, found)) return;
  if (found != "true" && found != "false") {
    return wrong(key, "\"" + found + "\" is neither true nor false");
  }
  value = found == "true";
}

void Mapping::secret(const char* key, const Environment& environment, std::string& value,
                     std::string& written) {
  std::string found;
  if (!scalar(key, found) || found.empty()) return;
  if (!has_substitution(found)) {
    return wrong(key, "write ${file:NAME} or ${env:NAME}, not the value itself");
  }
  auto substituted = substitute(found, environment);
  if (!substituted.ok()) return wrong(key, substituted.error().what);
  value = std::move(substituted).value();
  written = found;
}

std::vector<std::pair<std::string, Place>> Mapping::texts(const char* key, bool may_be_empty) {
  std::vector<std::pair<std::string, Place>> texts;
  const YAML::Node node = child(key);
  if (!node.IsDefined()) return texts;
  if (node.IsScalar()) {
    texts.emplace_back(node.Scalar(), place_of(node));
    return texts;
  }
  if (!node.IsSequence() || (node.size() == 0 && !may_be_empty)) {
    wrong(key, "must be a name or a list of names");
    return texts;
  }
  for (const YAML::Node& item : node) {
    if (item.IsScalar()) {
      texts.emplace_back(item.Scalar(), place_of(item));
    } else {
      findings_.error(place_of(item), path_ + "." + key + ": every item must be a name");
    }
  }
  return texts;
}

void Mapping::refuse(const char* key, const std::string& why) {
  for (const auto& entry : node_) {
    if (key_text(entry.first) != key) continue;
    asked_.emplace_back(key);
    findings_.error(place_of(entry.first), path_ + "." + key + ": " + why);
  }
}

void Mapping::require(const char* key) {
  if (has(key)) return;
  findings_.error(place_, (path_.empty() ? "" : path_ + ": ") + "key \"" + key + "\" is missing");
}

void Mapping::finish() {
  std::set<std::string> seen;
  for (const auto& entry : node_) {
    const std::string key = key_text(entry.first);
    const std::string where = path_.empty() ? "" : " in " + path_;
    if (!seen.insert(key).second) {
      findings_.error(place_of(entry.first), "key \"" + key + "\" appears twice" + where);
    } else if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) {
      findings_.error(place_of(entry.first),
                      "unknown key \"" + key + "\"" + where + nearest(key, asked_));
    }
  }
}

void Mapping::finish(const std::string& prefix, std::vector<std::string>& known) {
  for (const std::string& key : asked_) known.push_back(prefix + key);
  finish();
}

}  // namespace slotcast::config
