#pragma once

#include <cstdint>
#include <set>
#include <string>

namespace slotcast::snapshot {

// How the tables stand that are read while the stream runs.
struct ChunkProgress {
  std::string table;  // schema.table; of the one being read
  std::set<std::string> sinks;
  std::uint64_t rows = 0;        // of that table, by this process
  std::uint64_t waiting = 0;     // tables behind it
  std::uint64_t tables = 0;      // this one and those behind it
  std::uint64_t rows_total = 0;  // of all tables, by this process
  std::uint64_t size_bytes = 0;  // of chunks on our disk
  std::string last_error;        // empty when there was none
};

}  // namespace slotcast::snapshot
