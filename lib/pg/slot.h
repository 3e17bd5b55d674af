#pragma once

#include "lib/change/lsn.h"
#include "lib/pg/connection.h"

namespace slotcast::pg {

// Makes the slot and returns its consistent point: every transaction that commits behind it will be
// in the stream. The server waits for all transactions that run at the moment; when that takes
// longer than `patience`, Transient, naming the oldest of them. The publications must exist before:
// a slot looks at them as they were at each change.
// Source: PostgreSQL documentation, "Streaming Replication Protocol", CREATE_REPLICATION_SLOT.
Result<Lsn> create_slot(Connection& replication, const Options& options, Duration patience);

}  // namespace slotcast::pg
