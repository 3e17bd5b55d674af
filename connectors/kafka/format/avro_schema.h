#pragma once

#include <string>

#include "connectors/kafka/format/connect_schema.h"

namespace slotcast::kafka {

// As Confluent's Avro converter of Kafka Connect writes it: what Avro has no word for stands in
// connect.name, connect.version and connect.parameters; what is optional is a union with null, and
// null by default. Names get Avro's characters, and those of a record differ.
// Source: Avro's specification, "Schema Declaration" and "Names".
std::string to_avro(const ConnectSchema& schema);

}  // namespace slotcast::kafka
