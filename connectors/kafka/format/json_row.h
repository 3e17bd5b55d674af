#pragma once

#include "connectors/kafka/format/json_value.h"
#include "connectors/kafka/format/plan.h"
#include "lib/base/result.h"
#include "lib/change/change.h"
#include "lib/sink/encode/buffer.h"

namespace slotcast::kafka {

// What becomes of a value that was not sent.
enum class Unsent {
  Omitted,
  Marked,  // where the plan has a marker
};

// Rows and keys as JSON objects.
// Threads: one. Errors: Rejected when a value has no place in what its column is written as, or the
// key has a column that was not sent; then something may have been appended.
class JsonRows {
 public:
  // {"id":1,…}, or {} when no value was sent.
  Status append_row(sink::Buffer& out, const Plan& plan, const Relation& relation, Cells cells,
                    Unsent unsent);
  // {"id":1}. Requires that the plan has a key.
  Status append_key(sink::Buffer& out, const Plan& plan, const Relation& relation, Cells cells);

 private:
  void append_cells(sink::Buffer& out, const Plan& plan, Cells cells, Unsent unsent,
                    unsigned& flags);
  void append_member(sink::Buffer& out, const Plan& plan, const Plan::Field& field,
                     const Cell& cell, unsigned& flags);
  Status check(unsigned flags, const Plan& plan, const Relation& relation, Cells cells);

  Scratch scratch_;
};

}  // namespace slotcast::kafka
