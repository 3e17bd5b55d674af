#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "connectors/kafka/handle.h"
#include "lib/base/clock.h"
#include "lib/base/result.h"

// Questions to the cluster about topics. Threads: one at a time with the same handle.
// Errors: Transient when nobody answers in time, or we may not: somebody will grant it. Invalid
// when the topic cannot be so.

namespace slotcast::kafka {

struct TopicFacts {
  std::int32_t partitions = 0;
  bool has_leaders = false;  // all of them
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

// Returns when messages can be sent to it; `asked` is its handle. Ok also when somebody else was
// faster.
Status create(rd_kafka_t* handle, rd_kafka_topic_t* asked, const NewTopic& topic, Duration timeout);
// Whether it could be made; nothing is.
Status try_create(rd_kafka_t* handle, const NewTopic& topic, Duration timeout);

// A topic's settings; nothing when we may not ask.
using TopicConfig = std::map<std::string, std::string>;
Result<std::optional<TopicConfig>> describe(rd_kafka_t* handle, const std::string& topic,
                                            Duration timeout);
// The same of a broker, as those of others are.
Result<std::optional<TopicConfig>> describe_broker(rd_kafka_t* handle, Duration timeout);

}  // namespace slotcast::kafka
