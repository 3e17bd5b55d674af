#pragma once

#include <cstdint>
#include <string_view>

namespace slotcast::kafka {

// MurmurHash2, as Java's producer chooses partitions by: seed 0x9747b28c, the top bit cleared.
// Source: Apache Kafka, org.apache.kafka.common.utils.Utils, murmur2 and toPositive.
std::uint32_t murmur2(std::string_view key);

}  // namespace slotcast::kafka
