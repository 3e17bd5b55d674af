#pragma once

#include "lib/change/lsn.h"
#include "lib/pg/connection.h"

namespace slotcast::pg {

struct NewSlot {
  Lsn consistent_point;  // every transaction that commits behind it will be in the stream
  std::string snapshot;  // shows exactly what committed before it
};

// Makes the slot, and exports the snapshot that goes with it: good until the connection does
// anything else. The server waits for all transactions that run at the moment; when that takes
// longer than `patience`, Transient, naming the oldest of them. The publications must exist before:
// a slot looks at them as they were at each change.
// Source: PostgreSQL documentation, "Streaming Replication Protocol", CREATE_REPLICATION_SLOT.
Result<NewSlot> create_slot(Connection& replication, const Options& options, Duration patience);

// Transient while somebody reads from it.
Status drop_slot(Connection& replication, const std::string& slot);

}  // namespace slotcast::pg
