#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "connectors/kafka/format/plan.h"
#include "connectors/kafka/format/value_type.h"
#include "lib/change/change.h"
#include "lib/change/relation.h"

// Schemas as Kafka Connect has them, of which JSON's and Avro's are made.
// Source: Kafka's documentation of org.apache.kafka.connect.data.Schema; Debezium's of the schemas
// of its events.

namespace slotcast::kafka {

struct ConnectSchema {
  enum class Type { Boolean, Int16, Int32, Int64, Float32, Float64, String, Bytes, Array, Struct };
  struct Field;

  Type type = Type::String;
  bool is_optional = false;
  std::string name;  // of its meaning; empty: it is only its type
  int version = 0;   // 0: none
  std::string doc;
  std::string usual;  // a text's default
  std::vector<std::pair<std::string, std::string>> parameters;
  std::vector<Field> fields;               // of a struct
  std::shared_ptr<ConnectSchema> element;  // of an array
};

struct ConnectSchema::Field {
  std::string name;
  ConnectSchema schema;
};

// Of a value that is not NULL.
ConnectSchema schema_of(const ValueType& type, const Column& column);

// <topic>.Key: the columns of the plan's key.
ConnectSchema key_schema(const Relation& relation, const Plan& plan);
// <topic>.Envelope, with <topic>.Value in it. Of NOT NULL the stream tells nothing: every column is
// optional but those of the key.
ConnectSchema envelope_schema(const Relation& relation, const Plan& plan);

// Of an application's message: io.debezium.connector.postgresql.MessageKey and .MessageValue, with
// .Message in it.
ConnectSchema message_key_schema(const Relation& relation, const Plan& plan);
ConnectSchema message_schema(const Relation& relation, const Plan& plan);

// The two that messages about such a change have.
struct Schemas {
  ConnectSchema key;  // without columns where the plan has no key
  ConnectSchema event;
};
Schemas schemas_of(const Change& change, const Plan& plan);

// Of the messages that say where transactions begin and end.
ConnectSchema transaction_key_schema();
ConnectSchema transaction_value_schema();

// What a text says, as JSON.
std::string quoted_json(std::string_view text);

// As Kafka Connect's JsonConverter writes it.
std::string to_json(const ConnectSchema& schema);

}  // namespace slotcast::kafka
