#include "connectors/kafka/format/canal_encoder.h"

#include "connectors/kafka/format/append_number.h"
#include "connectors/kafka/format/connect_schema.h"
#include "connectors/kafka/format/key_change.h"
#include "connectors/kafka/format/sql_types.h"

namespace slotcast::kafka {
namespace {

using sink::Buffer;

// ["id","name"], or null.
std::string names_of_key(const Relation& relation, const Plan& plan) {
  std::string names;
  for (const std::uint32_t i : plan.key) {
    names += (names.empty() ? "[" : ",") + quoted_json(relation.columns[i].name);
  }
  return names.empty() ? "null" : names + "]";
}

// From the table's names to what happened to a row of it.
void complete(const Item& item, Plan& plan) {
  const Relation& relation = *item.change->relation;
  std::string numbers;
  std::string names;
  for (const Column& column : relation.columns) {
    const std::string before = (numbers.empty() ? "" : ",") + quoted_json(column.name) + ":";
    numbers += before + std::to_string(jdbc_type_of(column));
    names += before + quoted_json(type_name_of(column));
  }
  plan.before_event = ",\"database\":" + quoted_json(relation.schema) +
                      ",\"table\":" + quoted_json(relation.table) +
                      ",\"pkNames\":" + names_of_key(relation, plan) +
                      R"(,"isDdl":false,"sql":"","sqlType":{)" + numbers + R"(},"mysqlType":{)" +
                      names + R"(},"type":")";
}

const char* word_of(Operation operation) {
  if (operation == Operation::Update) return "UPDATE";
  return operation == Operation::Delete ? "DELETE" : "INSERT";
}

// As an identifier of SQL.
std::string identifier(const std::string& name) {
  std::string text = "\"";
  for (const char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + '"';
}

void append_times(const Change& change, WallTime now, Buffer& out) {
  append_number(out, "\",\"es\":", millis_of_micros(unix_microseconds(change.commit_time)));
  append_number(out, ",\"ts\":", millis_of_micros(now.time_since_epoch().count()));
}

}  // namespace

CanalEncoder::CanalEncoder(const FormatOptions& options) : plans_(options, complete) {}

void CanalEncoder::append_head(const Change& change, const Plan& plan, WallTime now, Buffer& out) {
  append_number(out, "{\"id\":", change.id.commit_lsn.value);
  out.append(plan.before_event);
  out.append(word_of(change.operation));
  append_times(change, now, out);
  out.append(",\"data\":[");
}

// What was not sent is not known to have changed.
Status CanalEncoder::append_old(const Change& change, const Plan& plan, Buffer& out) {
  if (change.operation != Operation::Update || change.relation->replica_identity != 'f' ||
      change.old.empty()) {
    out.append("null}");
    return {};
  }
  changed_.assign(change.old.begin(), change.old.end());
  for (std::size_t i = 0; i < changed_.size(); ++i) {
    const Cell& now = change.row[i];
    const bool is_same = changed_[i].kind == now.kind && changed_[i].text() == now.text();
    if (is_same || now.is_unchanged()) changed_[i].kind = Cell::Kind::Unchanged;
  }
  out.append('[');
  TRY(rows_.append_row(out, plan, *change.relation, changed_, Unsent::Omitted));
  out.append("]}");
  return {};
}

Status CanalEncoder::append_row(const Change& change, const Plan& plan, WallTime now,
                                Messages& out) {
  Buffer& buffer = out.buffer();
  Messages::Message message;
  std::size_t at = buffer.size();
  if (!plan.key.empty()) {
    TRY(rows_.append_key(buffer, plan, *change.relation, change.row));
    message.key = out.since(at);
    at = buffer.size();
  }
  append_head(change, plan, now, buffer);
  const bool is_deleted = change.operation == Operation::Delete;
  TRY(rows_.append_row(buffer, plan, *change.relation, change.row,
                       is_deleted ? Unsent::Omitted : Unsent::Marked));
  buffer.append("],\"old\":");
  TRY(append_old(change, plan, buffer));
  message.value = out.since(at);
  out.add(message);
  return {};
}

void CanalEncoder::append_truncate(const Change& change, WallTime now, Messages& out) {
  const Relation& relation = *change.relation;
  Buffer& buffer = out.buffer();
  Messages::Message message;
  const std::size_t at = buffer.size();
  append_number(buffer, "{\"id\":", change.id.commit_lsn.value);
  buffer.append(",\"database\":" + quoted_json(relation.schema));
  buffer.append(",\"table\":" + quoted_json(relation.table));
  buffer.append(",\"pkNames\":null,\"isDdl\":true,\"sql\":");
  buffer.append(quoted_json("TRUNCATE TABLE " + identifier(relation.schema) + "." +
                            identifier(relation.table)));
  buffer.append(",\"sqlType\":null,\"mysqlType\":null,\"type\":\"TRUNCATE");
  append_times(change, now, buffer);
  buffer.append(",\"data\":null,\"old\":null}");
  message.value = out.since(at);
  out.add(message);
}

Status CanalEncoder::encode(const Item& item, WallTime now, Messages& out) {
  const Change& change = *item.change;
  if (change.operation == Operation::ResyncEnd) return {};
  const Plan& plan = plans_.of(item);
  if (plan.fault) return *plan.fault;
  if (change.operation == Operation::Truncate || change.operation == Operation::ResyncBegin) {
    append_truncate(change, now, out);
    return {};
  }
  const Messages::Mark mark = out.mark();
  const Status appended = append_halves(
      change, plan, out, [&](const Change& half) { return append_row(half, plan, now, out); });
  if (!appended.ok()) out.truncate(mark);
  return appended;
}

}  // namespace slotcast::kafka
