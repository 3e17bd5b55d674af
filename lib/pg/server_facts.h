#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/change/lsn.h"
#include "lib/pg/connection.h"

// What the server is and what it says of our slot, read before every start of the stream.

namespace slotcast::pg {

// A row of pg_replication_slots. Source: PostgreSQL documentation, "pg_replication_slots".
struct SlotFacts {
  std::string plugin;
  std::string database;
  bool temporary = false;
  bool two_phase = false;
  std::optional<int> active_pid;
  Lsn restart;
  Lsn confirmed;
  std::string wal_status;            // reserved, extended, unreserved, lost
  std::int64_t safe_wal_bytes = -1;  // until it is lost; -1 without a limit
  std::string invalidation;          // why it was invalidated (16+); empty when it was not
};

// The end of an older timeline of this server's history.
struct TimelineSwitch {
  std::uint32_t timeline = 0;
  Lsn at;
};

struct ServerFacts {
  std::string system_identifier;
  std::uint32_t timeline = 0;
  Lsn flush;  // the end of its WAL
  int version = 0;
  std::string database;
  bool in_recovery = false;
  std::vector<TimelineSwitch> history;
  std::optional<SlotFacts> slot;
};

// Nothing when there is no such slot. On a connection of either mode.
Result<std::optional<SlotFacts>> read_slot(Connection& connection, const std::string& slot);

// `replication` must be of Mode::Replication and not yet streaming.
Result<ServerFacts> read_server_facts(Connection& replication, const std::string& slot);

}  // namespace slotcast::pg
