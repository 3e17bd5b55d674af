#pragma once

#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace slotcast::kafka {

// What the parts of a topic's name stand for.
struct TopicNames {
  std::string_view pipeline;  // {name}
  std::string_view sink;      // {sink}
  std::string_view schema;    // {schema}
  std::string_view table;     // {table}: what the route calls it
};

// Topics are named by a template such as "{name}.{schema}.{table}". Characters of the names that a
// topic may not have become '_'; a name that is made so is told apart by nothing else, so two
// tables that would meet in one topic are for the caller to notice.
// Source: Apache Kafka, org.apache.kafka.common.internals.Topic: letters, digits, '.', '_', '-', at
// most 249 characters, neither "." nor "..".

// Invalid when it could name no topic.
Status check_topic_template(const std::string& text);
// Requires that check_topic_template(text) passed. Invalid when the name is too long.
Result<std::string> topic_name(const std::string& text, const TopicNames& names);

// Invalid when no topic may have the name.
Status check_topic(const std::string& name);
// Of two tables with the same topic: Invalid when the template tells them apart, and only
// characters that a topic's name cannot have, or dots, made it the same.
Status check_apart(const std::string& text, const std::string& topic, const TopicNames& one,
                   const TopicNames& other);
// What to say of a topic that is not there and may not be made.
std::string missing_topic(const std::string& topic);

}  // namespace slotcast::kafka
