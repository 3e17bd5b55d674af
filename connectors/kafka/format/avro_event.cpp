#include "connectors/kafka/format/avro_event.h"

#include <charconv>

#include "connectors/kafka/format/append_number.h"
#include "connectors/kafka/format/avro_bytes.h"
#include "connectors/kafka/format/avro_schema.h"
#include "connectors/kafka/format/connect_schema.h"
#include "lib/base/version.h"

namespace slotcast::kafka {
namespace {

using sink::Buffer;

void complete(const Item& item, Plan& plan) {
  const Schemas schemas = schemas_of(*item.change, plan);
  if (!plan.key.empty()) plan.key_schema.text = to_avro(schemas.key);
  plan.event_schema.text = to_avro(schemas.event);
}

void append_optional(Buffer& out, std::int64_t value) {
  append_something(out);
  append_long(out, value);
}

void append_nanoseconds(Buffer& out, std::int64_t micros) {
  append_optional(out, micros);
  append_optional(out, micros * 1000);
}

// ["24023128","1"]
void append_sequence(Buffer& out, const ChangeId& id) {
  char text[2 * kNumberBytesMax + 8] = "[\"";
  char* at = std::to_chars(text + 2, text + 2 + kNumberBytesMax,
                           static_cast<std::int64_t>(id.commit_lsn.value))
                 .ptr;
  at = sink::put_exactly(at, "\",\"");
  at = std::to_chars(at, at + kNumberBytesMax, id.ordinal).ptr;
  at = sink::put_exactly(at, "\"]");
  append_something(out);
  append_bytes(out, {text, static_cast<std::size_t>(at - text)});
}

void append_tables(const Transactions& transactions, Buffer& out) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < transactions.tables(); ++i) {
    if (transactions.table(i).events != 0) ++count;
  }
  append_something(out);
  if (count != 0) append_long(out, count);
  for (std::size_t i = 0; i < transactions.tables(); ++i) {
    const Transactions::Table& table = transactions.table(i);
    if (table.events == 0) continue;
    append_something(out);
    append_bytes(out, table.name);
    append_long(out, static_cast<std::int64_t>(table.events));
  }
  append_long(out, 0);
}

}  // namespace

AvroEventWriter::AvroEventWriter(const FormatOptions& options, const Source& source, SchemaIds& ids)
    : source_(source), ids_(ids), plans_(options, complete) {
  Buffer begin;
  append_bytes(begin, kVersion);
  append_bytes(begin, "postgresql");
  append_bytes(begin, source.pipeline);
  begin_ = begin.text();
  boundary_key_.text = to_avro(transaction_key_schema());
  boundary_.text = to_avro(transaction_value_schema());
}

// Asked for once; again when there was no answer.
Status AvroEventWriter::append_id(SchemaId& schema, const std::string& topic, const char* suffix,
                                  Buffer& out) {
  if (!schema.id) {
    TRY_ASSIGN(schema.id, ids_.id_of(topic + suffix, schema.text));
  }
  char* const at = out.reserve(5);
  at[0] = '\0';
  store_be(reinterpret_cast<std::byte*>(at + 1), static_cast<std::uint32_t>(*schema.id));
  out.advance(at + 5);
  return {};
}

Status AvroEventWriter::append_key(const Event& event, Cells cells, Buffer& out) {
  TRY(append_id(event.plan.key_schema, *event.plan.topic, "-key", out));
  return rows_.append_key(out, event.plan, *event.change.relation, cells);
}

void AvroEventWriter::append_source(const Event& event, Buffer& out) const {
  const Change& change = event.change;
  const bool is_read = change.operation == Operation::Read;
  const std::int64_t micros = unix_microseconds(change.commit_time);
  out.append(begin_);
  append_long(out, millis_of_micros(micros));
  append_something(out);
  append_bytes(out, is_read ? "true" : "false");
  append_bytes(out, source_.database);
  append_sequence(out, change.id);
  append_nanoseconds(out, micros);
  append_bytes(out, change.relation->schema);
  append_bytes(out, change.relation->table);
  if (is_read || change.xid == 0) {
    append_null(out);
  } else {
    append_optional(out, change.xid);
  }
  append_optional(out, static_cast<std::int64_t>(change.id.commit_lsn.value));
  append_null(out);  // xmin
}

// What stands before `source`.
Status AvroEventWriter::append_rows(const Event& event, Buffer& out) {
  const Relation& relation = *event.change.relation;
  if (event.operation == 'm') {
    return rows_.append_row(out, event.plan, relation, event.after, Unsent::Omitted);
  }
  if (event.before.empty()) {
    append_null(out);
  } else {
    append_something(out);
    TRY(rows_.append_row(out, event.plan, relation, event.before, Unsent::Omitted));
  }
  if (event.operation == 'd' || event.operation == 't') {
    append_null(out);
  } else {
    append_something(out);
    TRY(rows_.append_row(out, event.plan, relation, event.after, Unsent::Marked));
  }
  return {};
}

Status AvroEventWriter::append_event(const Event& event, const Transactions& transactions,
                                     Buffer& out) {
  TRY(append_id(event.plan.event_schema, *event.plan.topic, "-value", out));
  TRY(append_rows(event, out));
  append_source(event, out);
  append_bytes(out, {&event.operation, 1});
  const std::int64_t micros = event.now.time_since_epoch().count();
  append_optional(out, millis_of_micros(micros));
  append_nanoseconds(out, micros);
  if (!event.order) {
    append_null(out);
    return {};
  }
  append_something(out);
  append_bytes(out, transactions.id());
  append_long(out, static_cast<std::int64_t>(event.order->total));
  append_long(out, static_cast<std::int64_t>(event.order->in_table));
  return {};
}

Status AvroEventWriter::append_boundary_key(const Transactions& transactions, Buffer& out) {
  TRY(append_id(boundary_key_, source_.transactions_topic, "-key", out));
  append_bytes(out, transactions.id());
  return {};
}

Status AvroEventWriter::append_boundary(const Transactions& transactions, bool is_end,
                                        Buffer& out) {
  TRY(append_id(boundary_, source_.transactions_topic, "-value", out));
  append_bytes(out, is_end ? "END" : "BEGIN");
  append_bytes(out, transactions.id());
  if (is_end) {
    append_optional(out, static_cast<std::int64_t>(transactions.events()));
    append_tables(transactions, out);
  } else {
    append_null(out);
    append_null(out);
  }
  append_long(out, millis_of_micros(unix_microseconds(transactions.time())));
  return {};
}

}  // namespace slotcast::kafka
