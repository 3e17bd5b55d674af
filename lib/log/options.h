#pragma once

#include <chrono>
#include <cstdint>

#include "lib/change/lsn.h"

namespace slotcast::log {

// What gives way when the log is full.
enum class OnFull {
  Pause,   // capture: WAL grows at the server
  Detach,  // the slowest sink: it loses its claim and has to be resynced
};

struct Options {
  // Capture pauses (and WAL grows at the server) rather than exceed it. At least four segments.
  std::uint64_t size_bytes_max = 10ull << 30;
  OnFull on_full = OnFull::Pause;  // done by the owner of the branches
  std::uint64_t segment_bytes = 64ull << 20;
  // Of a new log. Greater where the rows of a snapshot come before (side_segments.h).
  Sequence first_record{1};
  // Sealed segments are kept at least so long after every sink has them, while there is room.
  std::chrono::nanoseconds keep = std::chrono::seconds(0);
  // The least time between the starts of two syncs when the stream is not hot.
  std::chrono::nanoseconds sync_interval = std::chrono::milliseconds(1);
};

}  // namespace slotcast::log
