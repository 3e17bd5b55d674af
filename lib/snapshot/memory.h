#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/change/lsn.h"
#include "lib/io/file.h"

// What outlives the process of a snapshot that is not finished: which rows it is of, and how they
// were cut into ranges. The state file "snapshot"; the ranges themselves are files of their own.

namespace slotcast::snapshot {

struct Memory {
  struct Part {
    std::uint32_t oid = 0;
    std::uint32_t file = 0;  // pg::TablePart::file
    std::uint64_t pages = 0;
    std::uint64_t pages_per_range = 0;
    std::uint64_t bytes = 0;  // pg::TablePart::bytes
    bool operator==(const Part&) const = default;
  };
  struct Table {
    std::uint32_t oid = 0;
    std::string schema;
    std::string table;
    std::vector<Part> parts;
    bool operator==(const Table&) const = default;
  };

  Lsn point;            // the slot's consistent point
  PgTime time;          // when the snapshot was taken
  std::string visible;  // the snapshot as pg_current_snapshot() prints it
  std::vector<Table> tables;
  std::vector<std::string> sinks;  // that begin with it
  // Ranges are copied that the exported snapshot could not be asked for any more.
  bool is_interrupted = false;
  std::set<std::uint32_t> again;  // tables of which rows were gone: to be read as they are now
  // Every sink has read every range, whose files are gone.
  bool is_done = false;

  bool operator==(const Memory&) const = default;
};

// Durable when it returns.
Status write_memory(io::Directory& state, const Memory& memory);
// Nothing when there never was a snapshot. Corrupt when the file is damaged.
Result<std::optional<Memory>> read_memory(io::Directory& state);

}  // namespace slotcast::snapshot
