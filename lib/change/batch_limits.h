#pragma once

#include <chrono>
#include <cstdint>

namespace slotcast {

// When a branch makes its open batch final: at the first transaction end where one is reached.
struct BatchLimits {
  std::uint64_t rows_max = 1'000'000;
  std::uint64_t bytes_max = 64ull << 20;  // in the sink's own encoding
  std::chrono::nanoseconds age_max = std::chrono::seconds(10);
  // While there is more in the log than the branch has read, a batch may become this old if that is
  // more: its rows are late already, and larger batches are how a sink catches up.
  std::chrono::nanoseconds age_behind_max{};
};

}  // namespace slotcast
