#pragma once

#include "lib/pg/connection.h"
#include "lib/pg/server_facts.h"

namespace slotcast::pg {

// Of a standby: of what it has replayed.
Result<Lsn> read_wal_end(Connection& sql);

// Asked every few seconds while the stream runs, on a connection of its own.
struct SlotHealth {
  Lsn head;  // the end of the server's WAL
  std::optional<SlotFacts> slot;
};

Result<SlotHealth> read_slot_health(Connection& sql, const std::string& slot);

}  // namespace slotcast::pg
