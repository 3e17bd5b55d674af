#pragma once

#include <initializer_list>

#include "connectors/kafka/format/encoder.h"
#include "connectors/kafka/format/message.h"
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

// What messages of an Update under another key are of: a Delete of the old row, and a Create of the
// new one behind it, both with its place. Others stay as they are.
Change half_of(const Change& change, Messages::Half half);

// Calls append(change), or, for an Update under another key, append() of each half; the messages
// know which one they are of.
template <class Append>
Status append_halves(const Change& change, const Plan& plan, Messages& out, const Append& append) {
  if (change.operation != Operation::Update || old_key_of(change, plan).empty()) {
    return append(change);
  }
  for (const auto half : {Messages::Half::Deleted, Messages::Half::Created}) {
    out.set_half(half);
    TRY(append(half_of(change, half)));
  }
  out.set_half(Messages::Half::None);
  return {};
}

}  // namespace slotcast::kafka
