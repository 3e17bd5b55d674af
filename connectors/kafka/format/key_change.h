#pragma once

#include "connectors/kafka/format/encoder.h"
#include "connectors/kafka/format/plan.h"
#include "lib/change/change.h"

// Rows whose key became another.

namespace slotcast::kafka {

// Of a change that has the old row or key: it, when messages have another key by it; else nothing.
Cells old_key_of(const Change& change, const Plan& plan);

// Of a Delete whose row goes on under another key, in the change behind it: the new row. Else
// nothing.
Cells new_key_of(const Item& item, const Plan& plan);

// Of an Update: the row before, with REPLICA IDENTITY FULL. What else the server sends is an old
// key that has not changed.
Cells old_row_of(const Change& change);

}  // namespace slotcast::kafka
