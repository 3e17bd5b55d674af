#pragma once

#include <cstdint>
#include <string_view>

namespace slotcast::kafka {

// What librdkafka said of itself last.
// Source: librdkafka, STATISTICS.md.
struct Statistics {
  std::uint64_t queue_messages = 0;  // taken and not acknowledged
  std::uint64_t queue_bytes = 0;
  std::uint64_t in_flight = 0;      // requests on their way to brokers
  double latency_p99_seconds = 0;   // the slowest broker's round trip
  std::uint64_t sent_messages = 0;  // acknowledged or not, since the handle was made
  std::uint64_t sent_bytes = 0;
  std::uint64_t retries = 0;   // requests sent again
  std::uint64_t timeouts = 0;  // requests without an answer
  std::uint64_t brokers_up = 0;
  bool has_id = false;  // the brokers have given the producer its id
};

// Leaves `statistics` as it is when `json` is not librdkafka's.
void read_statistics(std::string_view json, Statistics& statistics);

}  // namespace slotcast::kafka
