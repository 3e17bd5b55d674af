#pragma once

#include <string>

#include "connectors/kafka/format/envelope.h"
#include "connectors/kafka/format/event.h"
#include "connectors/kafka/format/json_row.h"
#include "connectors/kafka/format/options.h"
#include "connectors/kafka/format/plan.h"

namespace slotcast::kafka {

// Events in JSON: as they are, or with their schema, {"schema":…,"payload":…}.
class JsonEventWriter final : public EventWriter {
 public:
  JsonEventWriter(const FormatOptions& options, const Source& source);

  const Plan& plan_of(const Item& item) override { return plans_.of(item); }
  Status append_key(const Event& event, Cells cells, sink::Buffer& out) override;
  Status append_event(const Event& event, const Transactions& transactions,
                      sink::Buffer& out) override;
  Status append_boundary_key(const Transactions& transactions, sink::Buffer& out) override;
  Status append_boundary(const Transactions& transactions, bool is_end, sink::Buffer& out) override;

 private:
  Status append_rows(const Event& event, sink::Buffer& out);
  void append_end(sink::Buffer& out) const;

  const bool has_schema_;
  Plans plans_;
  JsonRows rows_;
  Envelope envelope_;
  std::string before_boundary_key_;
  std::string before_boundary_;
};

}  // namespace slotcast::kafka
