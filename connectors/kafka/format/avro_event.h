#pragma once

#include <string>

#include "connectors/kafka/format/avro_row.h"
#include "connectors/kafka/format/event.h"
#include "connectors/kafka/format/options.h"
#include "connectors/kafka/format/plan.h"
#include "connectors/kafka/format/schema_ids.h"

namespace slotcast::kafka {

// Events in Avro: a zero, the number of the schema as four bytes, the highest first, and the
// record. The numbers come from the registry, by the subjects <topic>-key and <topic>-value.
// Source: Confluent's documentation of the Schema Registry, "Wire format".
class AvroEventWriter final : public EventWriter {
 public:
  // `ids` lives longer.
  AvroEventWriter(const FormatOptions& options, const Source& source, SchemaIds& ids);

  const Plan& plan_of(const Item& item) override { return plans_.of(item); }
  Status append_key(const Event& event, Cells cells, sink::Buffer& out) override;
  Status append_event(const Event& event, const Transactions& transactions,
                      sink::Buffer& out) override;
  Status append_boundary_key(const Transactions& transactions, sink::Buffer& out) override;
  Status append_boundary(const Transactions& transactions, bool is_end, sink::Buffer& out) override;

 private:
  Status append_id(SchemaId& schema, const std::string& topic, const char* suffix,
                   sink::Buffer& out);
  Status append_rows(const Event& event, sink::Buffer& out);
  void append_source(const Event& event, sink::Buffer& out) const;

  const Source source_;
  SchemaIds& ids_;
  Plans plans_;
  AvroRows rows_;
  std::string begin_;  // of `source`
  SchemaId boundary_key_;
  SchemaId boundary_;
};

}  // namespace slotcast::kafka
