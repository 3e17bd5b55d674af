#pragma once

#include "lib/pg/connection.h"
#include "lib/pg/stream.h"

namespace slotcast::pg {

// Starts the stream of the slot at `start` on a connection of Mode::Replication, which it takes
// over. Everything that committed before `start` is not sent.
Result<std::unique_ptr<ReplicationStream>> start_stream(Connection replication,
                                                        const Options& options, Lsn start);

}  // namespace slotcast::pg
