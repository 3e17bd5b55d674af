#include "connectors/kafka/format/json_event.h"

#include "connectors/kafka/format/append_number.h"
#include "connectors/kafka/format/connect_schema.h"

namespace slotcast::kafka {
namespace {

using sink::Buffer;

std::string with_schema(const ConnectSchema& schema) {
  return "{\"schema\":" + to_json(schema) + ",\"payload\":";
}

Plans::Complete complete_for(const FormatOptions& options) {
  if (!options.schema) return {};
  return [](const Item& item, Plan& plan) {
    const Schemas schemas = schemas_of(*item.change, plan);
    if (!plan.key.empty()) plan.before_key = with_schema(schemas.key);
    plan.before_event = with_schema(schemas.event);
  };
}

void append_block(const Event& event, const Transactions& transactions, Buffer& out) {
  if (!event.order) {
    out.append("null");
    return;
  }
  out.append("{\"id\":\"");
  out.append(transactions.id());
  append_number(out, "\",\"total_order\":", event.order->total);
  append_number(out, ",\"data_collection_order\":", event.order->in_table);
  out.append('}');
}

void append_tables(const Transactions& transactions, Buffer& out) {
  out.append(",\"data_collections\":[");
  bool is_first = true;
  for (std::size_t i = 0; i < transactions.tables(); ++i) {
    const Transactions::Table& table = transactions.table(i);
    if (table.events == 0) continue;
    out.append(is_first ? "{\"data_collection\":" : ",{\"data_collection\":");
    if (!sink::append_json_string(out, table.name)) out.append("\"?\"");
    append_number(out, ",\"event_count\":", table.events);
    out.append('}');
    is_first = false;
  }
  out.append(']');
}

}  // namespace

JsonEventWriter::JsonEventWriter(const FormatOptions& options, const Source& source)
    : has_schema_(options.schema), plans_(options, complete_for(options)), envelope_(source) {
  if (!has_schema_) return;
  before_boundary_key_ = with_schema(transaction_key_schema());
  before_boundary_ = with_schema(transaction_value_schema());
}

// The end of what with_schema() begins.
void JsonEventWriter::append_end(Buffer& out) const {
  if (has_schema_) out.append('}');
}

Status JsonEventWriter::append_key(const Event& event, Cells cells, Buffer& out) {
  out.append(event.plan.before_key);
  TRY(rows_.append_key(out, event.plan, *event.change.relation, cells));
  append_end(out);
  return {};
}

// {"before":…,"after":…, of a row that has them.
Status JsonEventWriter::append_rows(const Event& event, Buffer& out) {
  const Relation& relation = *event.change.relation;
  out.append("{\"before\":");
  if (event.before.empty()) {
    out.append("null");
  } else {
    TRY(rows_.append_row(out, event.plan, relation, event.before, Unsent::Omitted));
  }
  out.append(",\"after\":");
  if (event.operation == 'd') {
    out.append("null");
    return {};
  }
  return rows_.append_row(out, event.plan, relation, event.after, Unsent::Marked);
}

Status JsonEventWriter::append_event(const Event& event, const Transactions& transactions,
                                     Buffer& out) {
  out.append(event.plan.before_event);
  const std::size_t start = out.size();
  if (event.operation == 'm') {
    out.append("{\"message\":");
    TRY(rows_.append_row(out, event.plan, *event.change.relation, event.after, Unsent::Omitted));
  } else if (event.operation != 't') {
    TRY(append_rows(event, out));
  }
  envelope_.append(out, event);
  if (event.operation == 't') out.at(start) = '{';
  append_block(event, transactions, out);
  out.append('}');
  append_end(out);
  return {};
}

Status JsonEventWriter::append_boundary_key(const Transactions& transactions, Buffer& out) {
  out.append(before_boundary_key_);
  out.append("{\"id\":\"");
  out.append(transactions.id());
  out.append("\"}");
  append_end(out);
  return {};
}

Status JsonEventWriter::append_boundary(const Transactions& transactions, bool is_end,
                                        Buffer& out) {
  out.append(before_boundary_);
  out.append(is_end ? "{\"status\":\"END\",\"id\":\"" : "{\"status\":\"BEGIN\",\"id\":\"");
  out.append(transactions.id());
  if (is_end) {
    append_number(out, "\",\"event_count\":", transactions.events());
    append_tables(transactions, out);
  } else {
    out.append("\",\"event_count\":null,\"data_collections\":null");
  }
  append_number(out, ",\"ts_ms\":", millis_of_micros(unix_microseconds(transactions.time())));
  out.append('}');
  append_end(out);
  return {};
}

}  // namespace slotcast::kafka
