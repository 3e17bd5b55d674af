#include "connectors/kafka/topic_name.h"

#include <algorithm>
#include <cctype>
#include <optional>

namespace slotcast::kafka {
namespace {

constexpr std::size_t kTopicBytesMax = 249;

bool is_allowed(char c) {
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return is_letter || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

Error not_allowed(char c) {
  return invalid(std::string("'") + c +
                 "' cannot be in a topic's name: letters, digits, '.', '_' and '-' can");
}

std::optional<std::string_view> value_of(std::string_view part, const TopicNames& names) {
  if (part == "name") return names.pipeline;
  if (part == "sink") return names.sink;
  if (part == "schema") return names.schema;
  if (part == "table") return names.table;
  return std::nullopt;
}

void append_clean(std::string& name, std::string_view text) {
  for (const char c : text) name += is_allowed(c) ? c : '_';
}

}  // namespace

Status check_topic(const std::string& name) {
  if (name.empty() || name == "." || name == "..") {
    return invalid("\"" + name + "\" cannot be a topic's name");
  }
  const auto wrong = std::find_if_not(name.begin(), name.end(), &is_allowed);
  if (wrong != name.end()) return not_allowed(*wrong);
  if (name.size() > kTopicBytesMax) {
    return invalid("topic " + name + " is longer than Kafka's 249 characters");
  }
  return {};
}

Result<std::string> topic_name(const std::string& text, const TopicNames& names) {
  std::string name;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '{') {
      name += text[at];
      continue;
    }
    const std::size_t end = text.find('}', at);
    append_clean(name, *value_of(std::string_view(text).substr(at + 1, end - at - 1), names));
    at = end;
  }
  TRY(check_topic(name));
  return name;
}

Status check_topic_template(const std::string& text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '{') {
      if (is_allowed(text[at])) continue;
      return not_allowed(text[at]);
    }
    const std::size_t end = text.find('}', at);
    if (end == std::string::npos) return invalid("'{' without '}'");
    const std::string part = text.substr(at + 1, end - at - 1);
    if (!value_of(part, {})) {
      return invalid("{" + part + "} is none of {name}, {sink}, {schema}, {table}");
    }
    at = end;
  }
  // The shortest names there are tell whether any name could do.
  return topic_name(text, {"n", "s", "s", "t"}).status();
}

Status check_apart(const std::string& text, const std::string& topic, const TopicNames& one,
                   const TopicNames& other) {
  const auto tells = [&](const char* part) { return text.find(part) != std::string::npos; };
  const bool differ = (tells("{table}") && one.table != other.table) ||
                      (tells("{schema}") && one.schema != other.schema);
  if (!differ) return {};
  const auto name = [](const TopicNames& names) {
    return std::string(names.schema) + "." + std::string(names.table);
  };
  return invalid("tables " + name(one) + " and " + name(other) + " would meet in topic " + topic +
                 ": give one another target name in its route");
}

std::string missing_topic(const std::string& topic) {
  return "topic " + topic + " is not there: make it, or set topics.create";
}

}  // namespace slotcast::kafka
