#pragma once

#include <string>
#include <string_view>

#include "connectors/kafka/format/json_value.h"
#include "connectors/kafka/format/value_type.h"
#include "lib/sink/encode/buffer.h"

namespace slotcast::kafka {

// One value in Avro's binary encoding, by the schema that to_avro() makes of its type. False when
// it has no place in that; something may have been appended then.
bool append_avro_value(sink::Buffer& out, const ValueType& type, std::string_view text,
                       Scratch& scratch);

bool fits_avro(const ValueType& type, std::string_view text);

// What stands for a value that the server did not send; empty where nothing can.
std::string avro_marker(const ValueType& type);

}  // namespace slotcast::kafka
