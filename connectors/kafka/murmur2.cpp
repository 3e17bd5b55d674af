#include "connectors/kafka/murmur2.h"

#include <cstring>

namespace slotcast::kafka {

std::uint32_t murmur2(std::string_view key) {
  constexpr std::uint32_t kSeed = 0x9747b28c;
  constexpr std::uint32_t kFactor = 0x5bd1e995;
  constexpr int kShift = 24;
  std::uint32_t hash = kSeed ^ static_cast<std::uint32_t>(key.size());
  while (key.size() >= 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, key.data(), 4);  // little-endian, as every machine this runs on
    word *= kFactor;
    word ^= word >> kShift;
    word *= kFactor;
    hash = hash * kFactor ^ word;
    key.remove_prefix(4);
  }
  if (!key.empty()) {
    std::uint32_t rest = 0;
    std::memcpy(&rest, key.data(), key.size());
    hash = (hash ^ rest) * kFactor;
  }
  hash ^= hash >> 13;
  hash *= kFactor;
  hash ^= hash >> 15;
  return hash & 0x7fffffff;
}

}  // namespace slotcast::kafka
