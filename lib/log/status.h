#pragma once

#include <cstdint>

#include "lib/change/lsn.h"

namespace slotcast::log {

// A copy of how the durable log stands, for status and metrics.
struct LogStatus {
  Sequence first;    // the oldest record kept
  Sequence durable;  // the newest record that survives a power cut
  std::uint64_t segments = 0;
  std::uint64_t size_bytes = 0;      // on disk, spare segments included
  std::uint64_t size_bytes_max = 0;  // log.max_size
  std::uint64_t syncs = 0;
  std::uint64_t blocks = 0;
};

}  // namespace slotcast::log
