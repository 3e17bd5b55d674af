#pragma once

#include <cstdint>

namespace slotcast::snapshot {

// Filled from `source.snapshot:` of the configuration.
struct Options {
  std::uint64_t workers = 2;  // connections that copy at the same time
  // Of a table's file, copied as one piece: what a worker repeats after an interruption.
  std::uint64_t range_bytes = 64ull << 20;
  // Copied and not yet delivered by all sinks; workers wait rather than exceed it by more than a
  // range each.
  std::uint64_t disk_bytes_max = 10ull << 30;
};

}  // namespace slotcast::snapshot
