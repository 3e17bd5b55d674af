#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connectors/kafka/format/message.h"
#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/change/change.h"

namespace slotcast::kafka {

// Whose changes they are, for what formats say of it.
struct Source {
  std::string pipeline;  // `name:` of the configuration
  std::string database;
  // Where transactions begin and end; what avro has there is named after it.
  std::string transactions_topic = {};
};

// A row with what its messages depend on.
struct Item {
  const Change* change = nullptr;
  // The topic's name; formats with schemas name them after it. Valid as long as the encoder.
  const std::string* topic = nullptr;
  // `key:` of the configuration for this table, in its order: column names; null: the replica
  // identity (with REPLICA IDENTITY FULL or NOTHING: the primary key, or no key at all without
  // one). Valid as long as the encoder.
  const std::vector<std::string>* key = nullptr;
  // The change behind it, if it is of the same batch and known already; null otherwise. A changed
  // key is a Delete and the Create behind it, which has `old`.
  const Change* next = nullptr;
};

// Changes as messages.
// Threads: one. Errors: Rejected when this change cannot be written, and then says only what is
// wrong with it; Invalid when none of the table can; Transient when somebody who has to be asked
// does not answer. On error nothing is added.
class Encoder {
 public:
  virtual ~Encoder() = default;

  // Adds the messages of a change: one, or none, or several. `now` is when this happens.
  virtual Status encode(const Item& item, WallTime now, Messages& out) = 0;
  // No more rows come in this batch: what is still to be said.
  virtual Status finish(WallTime now, Messages& out) = 0;
  // The batch is given up, or done; the next begins.
  virtual void reset() = 0;
};

}  // namespace slotcast::kafka
