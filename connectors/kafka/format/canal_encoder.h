#pragma once

#include <string>
#include <vector>

#include "connectors/kafka/format/encoder.h"
#include "connectors/kafka/format/json_row.h"
#include "connectors/kafka/format/options.h"
#include "connectors/kafka/format/plan.h"

namespace slotcast::kafka {

// Rows as Canal's flat messages, in JSON, one each:
//
//     {"id":24023128,"database":"public","table":"t","pkNames":["id"],"isDdl":false,"sql":"",
//      "sqlType":{"id":4},"mysqlType":{"id":"integer"},"type":"UPDATE","es":…,"ts":…,
//      "data":[{"id":"1","name":"b"}],"old":[{"name":"a"}]}
//
// Values are texts as PostgreSQL prints them, but for true and false, and bytea, which is as
// `binary` says. `id` is where the change committed, `es` when, `ts` when the message was written;
// `database` is the schema. `old` has the columns that changed, where the old row is known. The key
// is an object of its columns; where it changes there is a DELETE, then an INSERT. The rows of a
// resync follow a TRUNCATE.
//
// Source: Canal's documentation of its Kafka messages (FlatMessage).
class CanalEncoder final : public Encoder {
 public:
  explicit CanalEncoder(const FormatOptions& options);

  Status encode(const Item& item, WallTime now, Messages& out) override;
  Status finish(WallTime /*now*/, Messages& /*out*/) override { return {}; }
  void reset() override {}

 private:
  void append_head(const Change& change, const Plan& plan, WallTime now, sink::Buffer& out);
  Status append_row(const Change& change, const Plan& plan, WallTime now, Messages& out);
  Status append_old(const Change& change, const Plan& plan, sink::Buffer& out);
  void append_truncate(const Change& change, WallTime now, Messages& out);

  Plans plans_;
  JsonRows rows_;
  std::vector<Cell> changed_;
};

}  // namespace slotcast::kafka
