#pragma once

#include "connectors/kafka/format/encoder.h"
#include "connectors/kafka/format/json_row.h"
#include "connectors/kafka/format/options.h"
#include "connectors/kafka/format/plan.h"
#include "lib/sink/encode/meta.h"

namespace slotcast::kafka {

// A row as one JSON object, as lib/sink/encode/json_row.h has it: the columns in the table's order,
// then those of `meta:`. The key is an object of its columns. json and jsonb stand as they are;
// numbers, times and bytes are as the options say; every other type is its text. A Delete has the
// columns the server sent; a Truncate and the marks of a resync have none, and no key.
//
// A changed key is a message with the old key, `_op` d, then one with the new, `_op` c. Where it is
// a key of the configuration's own both have the number of the one change.
class FlatEncoder final : public Encoder {
 public:
  // Requires that check(options) found nothing.
  explicit FlatEncoder(const FormatOptions& options);

  Status encode(const Item& item, WallTime now, Messages& out) override;
  Status finish(WallTime /*now*/, Messages& /*out*/) override { return {}; }
  void reset() override {}

 private:
  void check_names(const Item& item, Plan& plan) const;
  Status append(const Change& change, const Plan& plan, Messages& out);
  void append_meta(const Change& change, sink::Buffer& out, std::size_t start);

  const sink::MetaColumns meta_;
  sink::MetaTail tail_;
  Plans plans_;
  JsonRows rows_;
};

}  // namespace slotcast::kafka
