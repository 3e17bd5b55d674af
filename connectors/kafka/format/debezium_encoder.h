#pragma once

#include "connectors/kafka/format/encoder.h"
#include "connectors/kafka/format/envelope.h"
#include "connectors/kafka/format/json_row.h"
#include "connectors/kafka/format/options.h"
#include "connectors/kafka/format/plan.h"
#include "connectors/kafka/format/transactions.h"

namespace slotcast::kafka {

// Events as Debezium's connector for PostgreSQL has them, in JSON.
//
// - A value that the server did not send is left out, or has a marker: it is never null.
// - A changed key is a delete (header __debezium.newkey) and its tombstone, then a create (header
//   __debezium.oldkey). So is a change in the columns of a key of the configuration's own, if the
//   old row is known; the two events have the same number in the transaction.
// - The rows of a resync replace those of the table: it begins with a truncate.
//
// Source: Debezium's documentation, connector for PostgreSQL, "Data change events" and "Transaction
// metadata".
class DebeziumEncoder final : public Encoder {
 public:
  DebeziumEncoder(const FormatOptions& options, const Source& source);

  Status encode(const Item& item, WallTime now, Messages& out) override;
  Status finish(WallTime now, Messages& out) override;
  void reset() override { transactions_.end(); }

 private:
  // One event of a change.
  struct Event {
    const Item& item;
    const Plan& plan;
    char operation = 'c';
    Cells before = {};
    Cells after = {};
    WallTime now;
    // The other key of a changed one, and what it is called.
    const char* header = nullptr;
    Cells other = {};
  };

  Status append(const Item& item, const Plan& plan, WallTime now, Messages& out);
  Status append_deleted(const Event& event, Messages& out);
  Status append_event(const Event& event, Messages& out);
  Status append_value(const Event& event, sink::Buffer& out);
  Status append_rows(const Event& event, sink::Buffer& out);
  Status append_key(const Event& event, Cells cells, Messages& out, Messages::Part& key);
  void append_end(sink::Buffer& out) const;
  void append_block(const Event& event, sink::Buffer& out);
  void append_status(const char* status, Messages& out);
  bool take_transaction(const Change& change, Messages& out);

  const FormatOptions options_;
  Plans plans_;
  JsonRows rows_;
  Envelope envelope_;
  std::string before_transaction_key_;
  std::string before_transaction_;
  Transactions transactions_;
  std::uint64_t counted_ = 0;  // events of the change at hand
};

}  // namespace slotcast::kafka
