#pragma once

#include "lib/change/relation.h"

namespace slotcast {

// The table that there is not, whose rows are the messages of applications
// (pg_logical_emit_message): without a name, with the columns `prefix`, a text, and `content`, a
// bytea. One that is of no transaction is one of its own, which commits where the message stands;
// its xid is 0, and its time is when it was received. Threads: any.
const Relation& message_relation();

}  // namespace slotcast
