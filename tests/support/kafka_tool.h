#pragma once

#include <string>
#include <vector>

#include "tests/support/kafka_messages.h"

namespace slotcast::test {

// What Kafka's own Java code says: tests/support/kafka/*.java, started anew for each call, which
// takes about a second. So a test asks for many things at once. None of it asks a broker.

// What Kafka Connect's JsonConverter makes of a message, as JSON text. Both are "null" for nothing.
struct ConnectValue {
  // {"type":"struct","optional":false,"name":…,"fields":{"id":{"type":"int32",…
  std::string schema;
  // Each value with the Java class that Connect chose: {"Struct":{"id":{"Integer":"7"},…
  std::string value;
  // Why Connect refused the message; empty if it did not.
  std::string refused;
};

enum class MessagePart { Key, Value };

// `with_schemas`: messages are {"schema":…,"payload":…}, as Connect wants them by default.
std::vector<ConnectValue> read_as_connect(const std::vector<KafkaBytes>& messages,
                                          bool with_schemas, MessagePart part);

// The partition where Kafka's Java producer puts each key.
std::vector<int> java_partitions(const std::vector<std::string>& keys, int partitions);

}  // namespace slotcast::test
