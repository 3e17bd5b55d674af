#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace slotcast::test {

// What Kafka calls null is not what is empty.
using KafkaBytes = std::optional<std::string>;

struct KafkaMessage {
  int partition = 0;
  std::int64_t offset = 0;
  KafkaBytes key;
  KafkaBytes value;
  std::vector<std::pair<std::string, KafkaBytes>> headers;
  std::int64_t timestamp_ms = 0;
};

// All messages of a topic, from the first of each partition to its end, by kcat: a program that is
// not ours, in a process of its own. In the order of partition and offset. Throws when kcat fails,
// such as for a topic that is not there.
std::vector<KafkaMessage> read_with_kcat(const std::string& bootstrap, const std::string& topic,
                                         bool committed_only = true);

}  // namespace slotcast::test
