#pragma once

#include <memory>

#include "connectors/kafka/format/encoder.h"
#include "connectors/kafka/format/event.h"
#include "connectors/kafka/format/options.h"
#include "connectors/kafka/format/transactions.h"

namespace slotcast::kafka {

// Changes as the events of Debezium's connector for PostgreSQL.
//
// - A value that the server did not send is left out where that is possible, or has a marker: it is
//   never null in a row that goes on.
// - A changed key is a delete (header __debezium.newkey) and its tombstone, then a create (header
//   __debezium.oldkey). So is a change in the columns of a key of the configuration's own, if the
//   old row is known; the two events have the same number in the transaction.
// - A message of an application (op m) has its prefix as the key.
// - The rows of a resync replace those of the table: it begins with a truncate.
//
// Source: Debezium's documentation, connector for PostgreSQL, "Data change events" and "Transaction
// metadata"; of messages its schemas io.debezium.connector.postgresql.Message*.
class EventEncoder final : public Encoder {
 public:
  EventEncoder(const FormatOptions& options, std::unique_ptr<EventWriter> writer)
      : options_(options), writer_(std::move(writer)) {}

  Status encode(const Item& item, WallTime now, Messages& out) override;
  Status finish(WallTime now, Messages& out) override;
  void reset() override { transactions_.end(); }

 private:
  Status append(const Item& item, const Plan& plan, WallTime now, Messages& out);
  Status append_deleted(Event event, Messages& out);
  Status append_event(Event event, Messages& out);
  Status append_key(const Event& event, Cells cells, Messages& out, Messages::Part& key);
  Status append_boundary(bool is_end, Messages& out);
  Status begin_transaction(const Change& change, Messages& out);

  const FormatOptions options_;
  const std::unique_ptr<EventWriter> writer_;
  Transactions transactions_;
  // Of the change at hand, to be taken back when it is refused.
  std::uint64_t counted_ = 0;
  bool has_begun_ = false;
};

}  // namespace slotcast::kafka
