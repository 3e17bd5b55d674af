#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "connectors/kafka/handle.h"
#include "lib/base/clock.h"
#include "lib/base/result.h"

// Questions to the cluster about topics. Threads: one at a time with the same handle.
// Errors: Transient when nobody answers in time; Invalid when we may not, or the topic cannot be
// so.

namespace slotcast::kafka {

struct TopicFacts {
  std::int32_t partitions = 0;
};

// Nothing when there is no such topic. Never makes one.
Result<std::optional<TopicFacts>> look_up(rd_kafka_t* handle, rd_kafka_topic_t* topic,
                                          Duration timeout);

struct NewTopic {
  std::string name;
  std::uint64_t partitions = 0;   // 0: as the cluster has it
  std::uint64_t replication = 0;  // 0: as the cluster has it
  std::map<std::string, std::string> config;
};

// Ok also when somebody else was faster. Waits until the brokers tell of it: they hear of a new
// topic one after the other.
Status create(rd_kafka_t* handle, rd_kafka_topic_t* topic, const NewTopic& wanted,
              Duration timeout);

// A topic's settings; nothing when we may not ask.
using TopicConfig = std::map<std::string, std::string>;
Result<std::optional<TopicConfig>> describe(rd_kafka_t* handle, const std::string& topic,
                                            Duration timeout);

}  // namespace slotcast::kafka
