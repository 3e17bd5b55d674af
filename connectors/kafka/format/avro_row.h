#pragma once

#include "connectors/kafka/format/json_row.h"
#include "connectors/kafka/format/json_value.h"
#include "connectors/kafka/format/plan.h"
#include "lib/base/result.h"
#include "lib/change/change.h"

namespace slotcast::kafka {

// Rows and keys as records of Avro, by the schemas of connect_schema.h.
// Threads: one. Errors: Rejected when a value has no place in what its column is written as, or was
// not sent and nothing can stand for it; something may have been appended then.
class AvroRows {
 public:
  // What was not sent is null in an old row, which says nothing; a new one has markers.
  Status append_row(sink::Buffer& out, const Plan& plan, const Relation& relation, Cells cells,
                    Unsent unsent);
  // Requires that the plan has a key.
  Status append_key(sink::Buffer& out, const Plan& plan, const Relation& relation, Cells cells);

 private:
  Status append_field(sink::Buffer& out, const Plan::Field& field, const Column& column,
                      const Cell& cell);

  Scratch scratch_;
};

}  // namespace slotcast::kafka
