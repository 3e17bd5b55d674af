#include "connectors/kafka/format/connect_schema.h"

#include "lib/sink/encode/buffer.h"
#include "lib/sink/encode/json_text.h"

namespace slotcast::kafka {
namespace {

using Type = ConnectSchema::Type;

constexpr const char* kDecimal = "org.apache.kafka.connect.data.Decimal";

ConnectSchema plain(Type type, bool is_optional = false) {
  ConnectSchema schema;
  schema.type = type;
  schema.is_optional = is_optional;
  return schema;
}

ConnectSchema optional(ConnectSchema schema) {
  schema.is_optional = true;
  return schema;
}

ConnectSchema record(std::string name, int version, std::vector<ConnectSchema::Field> fields) {
  ConnectSchema schema = plain(Type::Struct);
  schema.name = std::move(name);
  schema.version = version;
  schema.fields = std::move(fields);
  return schema;
}

ConnectSchema scaled_decimal() {
  ConnectSchema schema = record("io.debezium.data.VariableScaleDecimal", 1,
                                {{"scale", plain(Type::Int32)}, {"value", plain(Type::Bytes)}});
  schema.doc = "Variable scaled decimal";
  return schema;
}

ConnectSchema point() {
  ConnectSchema schema = record("io.debezium.data.geometry.Point", 1,
                                {{"x", plain(Type::Float64)},
                                 {"y", plain(Type::Float64)},
                                 {"wkb", plain(Type::Bytes, true)},
                                 {"srid", plain(Type::Int32, true)}});
  schema.doc = "Geometry (POINT)";
  return schema;
}

Type type_of(Literal literal) {
  switch (literal) {
    case Literal::Boolean:
      return Type::Boolean;
    case Literal::Int16:
      return Type::Int16;
    case Literal::Int32:
      return Type::Int32;
    case Literal::Int64:
      return Type::Int64;
    case Literal::Float32:
      return Type::Float32;
    case Literal::Float64:
      return Type::Float64;
    case Literal::Bytes:
      return Type::Bytes;
    case Literal::Array:
      return Type::Array;
    case Literal::ScaledDecimal:
    case Literal::Point:
      return Type::Struct;
    case Literal::String:
      break;
  }
  return Type::String;
}

std::string joined(const std::vector<std::string>& labels) {
  std::string list;
  for (const std::string& label : labels) list += (&label == labels.data() ? "" : ",") + label;
  return list;
}

void add_parameters(const ValueType& type, const Column& column, ConnectSchema& schema) {
  if (schema.name == kDecimal) {
    schema.parameters.emplace_back("scale", std::to_string(type.scale));
    if (type.length == 0) return;
    schema.parameters.emplace_back("connect.decimal.precision", std::to_string(type.length));
  } else if (schema.name == "io.debezium.data.Bits") {
    schema.parameters.emplace_back("length", std::to_string(type.length));
  } else if (schema.name == "io.debezium.data.Enum" && column.words) {
    schema.parameters.emplace_back("allowed", joined(column.words->enum_labels));
  }
}

ConnectSchema source_schema() {
  ConnectSchema snapshot = plain(Type::String, true);
  snapshot.name = "io.debezium.data.Enum";
  snapshot.version = 1;
  snapshot.usual = "false";
  snapshot.parameters = {{"allowed", "true,last,false,incremental"}};
  return record("io.debezium.connector.postgresql.Source", 1,
                {{"version", plain(Type::String)},
                 {"connector", plain(Type::String)},
                 {"name", plain(Type::String)},
                 {"ts_ms", plain(Type::Int64)},
                 {"snapshot", std::move(snapshot)},
                 {"db", plain(Type::String)},
                 {"sequence", plain(Type::String, true)},
                 {"ts_us", plain(Type::Int64, true)},
                 {"ts_ns", plain(Type::Int64, true)},
                 {"schema", plain(Type::String)},
                 {"table", plain(Type::String)},
                 {"txId", plain(Type::Int64, true)},
                 {"lsn", plain(Type::Int64, true)},
                 {"xmin", plain(Type::Int64, true)}});
}

ConnectSchema transaction_block() {
  return optional(record("event.block", 1,
                         {{"id", plain(Type::String)},
                          {"total_order", plain(Type::Int64)},
                          {"data_collection_order", plain(Type::Int64)}}));
}

ConnectSchema column_schema(const Relation& relation, const Plan& plan, std::size_t index) {
  ConnectSchema schema = schema_of(plan.fields[index].type, relation.columns[index]);
  schema.is_optional = !plan.fields[index].is_never_null;
  return schema;
}

std::vector<ConnectSchema::Field> key_fields(const Relation& relation, const Plan& plan) {
  std::vector<ConnectSchema::Field> fields;
  for (const std::uint32_t i : plan.key) {
    fields.push_back({relation.columns[i].name, column_schema(relation, plan, i)});
  }
  return fields;
}

std::vector<ConnectSchema::Field> row_fields(const Relation& relation, const Plan& plan) {
  std::vector<ConnectSchema::Field> fields;
  for (std::size_t i = 0; i < relation.columns.size(); ++i) {
    fields.push_back({relation.columns[i].name, column_schema(relation, plan, i)});
  }
  return fields;
}

// What stands behind the rows of an event.
void add_circumstances(std::vector<ConnectSchema::Field>& fields) {
  fields.push_back({"source", source_schema()});
  fields.push_back({"op", plain(Type::String)});
  for (const char* time : {"ts_ms", "ts_us", "ts_ns"}) {
    fields.push_back({time, plain(Type::Int64, true)});
  }
  fields.push_back({"transaction", transaction_block()});
}

}  // namespace

std::string quoted_json(std::string_view text) {
  sink::Buffer out;
  if (!sink::append_json_string(out, text)) out.append("\"?\"");
  return std::string(out.text());
}

ConnectSchema schema_of(const ValueType& type, const Column& column) {
  if (type.literal == Literal::ScaledDecimal) return scaled_decimal();
  if (type.literal == Literal::Point) return point();
  ConnectSchema schema = plain(type_of(type.literal));
  if (type.element) {
    schema.element = std::make_shared<ConnectSchema>(optional(schema_of(*type.element, column)));
  }
  if (type.semantic == nullptr) return schema;
  schema.name = type.semantic;
  schema.version = 1;
  add_parameters(type, column, schema);
  return schema;
}

ConnectSchema key_schema(const Relation& relation, const Plan& plan) {
  return record(*plan.topic + ".Key", 0, key_fields(relation, plan));
}

ConnectSchema envelope_schema(const Relation& relation, const Plan& plan) {
  const ConnectSchema row = optional(record(*plan.topic + ".Value", 0, row_fields(relation, plan)));
  std::vector<ConnectSchema::Field> fields{{"before", row}, {"after", row}};
  add_circumstances(fields);
  return record(*plan.topic + ".Envelope", 2, std::move(fields));
}

ConnectSchema message_key_schema(const Relation& relation, const Plan& plan) {
  return record("io.debezium.connector.postgresql.MessageKey", 1, key_fields(relation, plan));
}

ConnectSchema message_schema(const Relation& relation, const Plan& plan) {
  std::vector<ConnectSchema::Field> fields{
      {"message",
       record("io.debezium.connector.postgresql.Message", 1, row_fields(relation, plan))}};
  add_circumstances(fields);
  return record("io.debezium.connector.postgresql.MessageValue", 1, std::move(fields));
}

Schemas schemas_of(const Change& change, const Plan& plan) {
  const Relation& relation = *change.relation;
  if (change.operation == Operation::Message) {
    return {message_key_schema(relation, plan), message_schema(relation, plan)};
  }
  return {key_schema(relation, plan), envelope_schema(relation, plan)};
}

ConnectSchema transaction_key_schema() {
  return record("io.debezium.connector.common.TransactionMetadataKey", 1,
                {{"id", plain(Type::String)}});
}

ConnectSchema transaction_value_schema() {
  ConnectSchema tables = plain(Type::Array, true);
  tables.element = std::make_shared<ConnectSchema>(optional(
      record("event.collection", 1,
             {{"data_collection", plain(Type::String)}, {"event_count", plain(Type::Int64)}})));
  return record("io.debezium.connector.common.TransactionMetadataValue", 1,
                {{"status", plain(Type::String)},
                 {"id", plain(Type::String)},
                 {"event_count", plain(Type::Int64, true)},
                 {"data_collections", std::move(tables)},
                 {"ts_ms", plain(Type::Int64)}});
}

}  // namespace slotcast::kafka
