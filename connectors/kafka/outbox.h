#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "connectors/kafka/format/message.h"
#include "connectors/kafka/header.h"
#include "connectors/kafka/options.h"
#include "connectors/kafka/producer.h"
#include "connectors/kafka/topics.h"
#include "lib/base/result.h"
#include "lib/change/change.h"

namespace slotcast::kafka {

// What a format made of a row, as librdkafka takes it: each message with its topic, its partition
// and its headers.
// Threads: one.
class Outbox {
 public:
  explicit Outbox(const Options& options);

  // A message of a row; valid until the next call, as long as `messages` stays as it is.
  // Rejected: nothing says which partition it goes to.
  Result<const Outgoing*> address(const Change& change, const Way& way, const Messages& messages,
                                  const Messages::Message& message);
  // The one that was addressed last, as long as its messages stay as they are.
  const Outgoing& last() const { return outgoing_; }
  // One that says where a transaction begins or ends.
  const Outgoing& address(const Topic& topic, const Messages& messages,
                          const Messages::Message& message);

 private:
  Result<std::uint32_t> partition_hash(const Change& change, const Way& way,
                                       const std::optional<std::string_view>& key) const;

  const PartitionBy partition_;
  const std::string partition_column_;
  RowHeaders headers_;
  Change half_;
  Outgoing outgoing_;
};

// Key, value and headers: what a topic's limit is held against.
std::uint64_t bytes_of(const Outgoing& message);

// "its message has 1200000 bytes, and topic t takes 1048332": nothing when it is small enough.
std::optional<std::string> too_large(const Outgoing& message, const Topic& topic);

}  // namespace slotcast::kafka
