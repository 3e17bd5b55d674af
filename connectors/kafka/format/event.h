#pragma once

#include <optional>

#include "connectors/kafka/format/encoder.h"
#include "connectors/kafka/format/plan.h"
#include "connectors/kafka/format/transactions.h"
#include "lib/sink/encode/buffer.h"

namespace slotcast::kafka {

// What Debezium calls a data change event, before it is written in JSON or Avro.
struct Event {
  const Change& change;
  const Plan& plan;
  char operation = 'c';  // of the event; the change may be another, of which it is a part
  Cells before = {};
  Cells after = {};
  WallTime now;
  // The other key of a changed one, and what it is called.
  const char* header = nullptr;
  Cells other = {};
  // Within its transaction, where that is told.
  std::optional<Transactions::Order> order = std::nullopt;
};

// One way to write events. Everything is appended to `out`, also before an error.
// Threads: one. Errors: as Encoder has them.
class EventWriter {
 public:
  virtual ~EventWriter() = default;

  // Valid until the next call.
  virtual const Plan& plan_of(const Item& item) = 0;
  // A key by these cells. Requires that the plan has one.
  virtual Status append_key(const Event& event, Cells cells, sink::Buffer& out) = 0;
  virtual Status append_event(const Event& event, const Transactions& transactions,
                              sink::Buffer& out) = 0;
  // Of the messages that say where a transaction begins and ends.
  virtual Status append_boundary_key(const Transactions& transactions, sink::Buffer& out) = 0;
  virtual Status append_boundary(const Transactions& transactions, bool is_end,
                                 sink::Buffer& out) = 0;
};

}  // namespace slotcast::kafka
