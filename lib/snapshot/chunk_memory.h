#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/io/file.h"
#include "lib/snapshot/window.h"

// What outlives the process of tables that are read while the stream runs: what was asked for, how
// far it is, and the chunks that not every sink has passed. The state file "chunks".

namespace slotcast::snapshot {

// One table for some sinks.
struct Request {
  std::set<std::string> sinks;
  std::string schema;
  std::string table;     // empty: every table that is routed to the sinks, not looked up yet
  std::string visible;   // only rows that this snapshot does not show; empty: all rows
  Key after;             // the key of the last row read
  bool is_read = false;  // to the end: what is left are `again`
  std::set<Key> again;   // rows to be read by their key
  // Instead of what the sinks have of the table: marks stand before and behind the rows.
  bool is_resync = false;
  bool is_begun = false;  // the first mark is in a chunk
  // Patterns, where `table` is empty: a table must match one of `only`, unless there are none, and
  // none of `except`.
  std::vector<std::string> only, except;
  bool operator==(const Request&) const = default;
  // Rows of it have been read, and not all.
  bool is_under_way() const { return is_read || !after.empty(); }
  bool has_begun() const { return is_begun || is_under_way(); }
  std::string full_name() const { return schema + "." + table; }
  // Whether its sinks will get, by it, all that `other` asks for.
  bool serves(const Request& other) const {
    const bool is_alike = visible == other.visible && is_resync == other.is_resync;
    const bool is_same = schema == other.schema && table == other.table && only == other.only &&
                         except == other.except;
    const bool has_all = table.empty() && only.empty() && except.empty();
    return !has_begun() && is_alike && (is_same || has_all);
  }
};

struct ReadyChunk {
  std::uint64_t number = 0;
  std::set<std::string> sinks;
  Sequence end;  // the record behind its marker's transaction
  bool operator==(const ReadyChunk&) const = default;
};

struct ChunkMemory {
  std::uint64_t next_number = 1;
  // The stream up to here is accounted for; from here on it is still needed.
  Sequence scanned;  // 0: nothing is being read
  Lsn scanned_lsn;
  std::vector<Request> requests;  // in their order; the first is the one being read
  std::vector<ReadyChunk> ready;
  std::vector<std::string> losses;  // rows that cannot be read: one sentence each
  // By sink: its last chunk stands there. What is before is not in the log alone.
  std::map<std::string, Lsn> read_until;
  bool operator==(const ChunkMemory&) const = default;
};

// Durable when it returns.
Status write_chunk_memory(io::Directory& state, const ChunkMemory& memory);
// An empty one when there is none. Corrupt when the file is damaged.
Result<ChunkMemory> read_chunk_memory(io::Directory& state);

}  // namespace slotcast::snapshot
