#include "connectors/kafka/format/debezium_encoder.h"

#include "connectors/kafka/format/append_number.h"
#include "connectors/kafka/format/connect_schema.h"
#include "connectors/kafka/format/key_change.h"

namespace slotcast::kafka {
namespace {

using sink::Buffer;

constexpr const char* kNewKey = "__debezium.newkey";
constexpr const char* kOldKey = "__debezium.oldkey";
void append_tables(Buffer& out, const Transactions& transactions) {
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

std::string with_schema(const ConnectSchema& schema) {
  return "{\"schema\":" + to_json(schema) + ",\"payload\":";
}

Plans::Complete complete_for(const FormatOptions& options) {
  if (!options.schema) return {};
  return [](const Item& item, Plan& plan) {
    const Relation& relation = *item.change->relation;
    plan.before_key = with_schema(key_schema(relation, plan));
    plan.before_event = with_schema(envelope_schema(relation, plan));
  };
}

// Rows that were read from their table are of none.
bool is_of_transaction(Operation operation) {
  return operation != Operation::Read && operation != Operation::ResyncBegin &&
         operation != Operation::ResyncEnd;
}

}  // namespace

DebeziumEncoder::DebeziumEncoder(const FormatOptions& options, const Source& source)
    : options_(options), plans_(options, complete_for(options)), envelope_(source) {
  if (!options.schema) return;
  before_transaction_key_ = with_schema(transaction_key_schema());
  before_transaction_ = with_schema(transaction_value_schema());
}

Status DebeziumEncoder::append_key(const Event& event, Cells cells, Messages& out,
                                   Messages::Part& key) {
  if (event.plan.key.empty()) return {};
  const std::size_t at = out.buffer().size();
  out.buffer().append(event.plan.before_key);
  TRY(rows_.append_key(out.buffer(), event.plan, *event.item.change->relation, cells));
  append_end(out.buffer());
  key = out.since(at);
  return {};
}

// The end of what with_schema() begins.
void DebeziumEncoder::append_end(Buffer& out) const {
  if (options_.schema) out.append('}');
}

// {"before":…,"after":…, of a row that has them.
Status DebeziumEncoder::append_rows(const Event& event, Buffer& out) {
  const Relation& relation = *event.item.change->relation;
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

void DebeziumEncoder::append_block(const Event& event, Buffer& out) {
  const Change& change = *event.item.change;
  if (!options_.transactions || !is_of_transaction(change.operation)) {
    out.append("null");
    return;
  }
  const Transactions::Order order = transactions_.count(*change.relation);
  ++counted_;
  out.append("{\"id\":\"");
  out.append(transactions_.id());
  append_number(out, "\",\"total_order\":", order.total);
  append_number(out, ",\"data_collection_order\":", order.in_table);
  out.append('}');
}

Status DebeziumEncoder::append_value(const Event& event, Buffer& out) {
  out.append(event.plan.before_event);
  const std::size_t start = out.size();
  if (event.operation != 't') TRY(append_rows(event, out));
  envelope_.append(out, *event.item.change, event.operation, event.plan, event.now);
  if (event.operation == 't') out.at(start) = '{';
  append_block(event, out);
  out.append('}');
  append_end(out);
  return {};
}

Status DebeziumEncoder::append_event(const Event& event, Messages& out) {
  Messages::Message message;
  Messages::Header header;
  if (event.operation != 't') {
    TRY(append_key(event, event.operation == 'd' ? event.before : event.after, out, message.key));
  }
  if (event.header != nullptr) {
    header.name = event.header;
    TRY(append_key(event, event.other, out, header.value));
  }
  const std::size_t at = out.buffer().size();
  TRY(append_value(event, out.buffer()));
  message.value = out.since(at);
  out.add(message);
  if (event.header != nullptr) out.add_header(header);
  return {};
}

Status DebeziumEncoder::append_deleted(const Event& event, Messages& out) {
  TRY(append_event(event, out));
  Messages::Message tombstone;
  tombstone.key = out.list().back().key;
  if (options_.tombstones && !tombstone.key.is_null) out.add(tombstone);
  return {};
}

Status DebeziumEncoder::append(const Item& item, const Plan& plan, WallTime now, Messages& out) {
  const Change& change = *item.change;
  switch (change.operation) {
    case Operation::Truncate:
    case Operation::ResyncBegin:
      return append_event({item, plan, 't', {}, {}, now}, out);
    case Operation::ResyncEnd:
      return {};
    case Operation::Delete: {
      const Cells other = new_key_of(item, plan);
      return append_deleted(
          {item, plan, 'd', change.row, {}, now, other.empty() ? nullptr : kNewKey, other}, out);
    }
    case Operation::Create: {
      const Cells other = old_key_of(change, plan);
      return append_event(
          {item, plan, 'c', {}, change.row, now, other.empty() ? nullptr : kOldKey, other}, out);
    }
    case Operation::Update:
      if (!old_key_of(change, plan).empty()) {
        TRY(append_deleted({item, plan, 'd', change.old, {}, now, kNewKey, change.row}, out));
        return append_event({item, plan, 'c', {}, change.row, now, kOldKey, change.old}, out);
      }
      return append_event({item, plan, 'u', old_row_of(change), change.row, now}, out);
    case Operation::Read:
      break;
  }
  return append_event({item, plan, 'r', {}, change.row, now}, out);
}

void DebeziumEncoder::append_status(const char* status, Messages& out) {
  Buffer& buffer = out.buffer();
  const bool is_end = status[0] == 'E';
  Messages::Message message;
  message.topic = Messages::Topic::Transactions;
  std::size_t at = buffer.size();
  buffer.append(before_transaction_key_);
  buffer.append("{\"id\":\"");
  buffer.append(transactions_.id());
  buffer.append("\"}");
  append_end(buffer);
  message.key = out.since(at);
  at = buffer.size();
  buffer.append(before_transaction_);
  buffer.append("{\"status\":\"");
  buffer.append(status);
  buffer.append("\",\"id\":\"");
  buffer.append(transactions_.id());
  if (is_end) {
    append_number(buffer, "\",\"event_count\":", transactions_.events());
    append_tables(buffer, transactions_);
  } else {
    buffer.append("\",\"event_count\":null,\"data_collections\":null");
  }
  const std::int64_t micros = unix_microseconds(transactions_.time());
  append_number(buffer, ",\"ts_ms\":", millis_of_micros(micros));
  buffer.append('}');
  append_end(buffer);
  message.value = out.since(at);
  out.add(message);
}

// True when the change begins a transaction.
bool DebeziumEncoder::take_transaction(const Change& change, Messages& out) {
  if (!options_.transactions || !is_of_transaction(change.operation)) return false;
  if (transactions_.is_of(change)) return false;
  if (transactions_.is_open()) append_status("END", out);
  transactions_.begin(change);
  append_status("BEGIN", out);
  return true;
}

Status DebeziumEncoder::encode(const Item& item, WallTime now, Messages& out) {
  const Plan& plan = plans_.of(item);
  if (plan.fault) return *plan.fault;
  const Messages::Mark mark = out.mark();
  const bool begins = take_transaction(*item.change, out);
  counted_ = 0;
  const Status appended = append(item, plan, now, out);
  if (appended.ok()) return {};
  out.truncate(mark);
  if (begins) {
    transactions_.undo_begin();
  } else if (counted_ != 0) {
    transactions_.uncount(*item.change->relation, counted_);
  }
  return appended;
}

Status DebeziumEncoder::finish(WallTime /*now*/, Messages& out) {
  if (transactions_.is_open()) append_status("END", out);
  transactions_.end();
  return {};
}

}  // namespace slotcast::kafka
