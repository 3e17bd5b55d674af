#pragma once

#include <string>
#include <string_view>

#include "connectors/kafka/format/decimal.h"
#include "connectors/kafka/format/value_type.h"
#include "lib/sink/encode/buffer.h"
#include "lib/sink/encode/json_text.h"
#include "lib/sink/encode/put.h"

// One value as JSON. Bytes are base64, doubles without a number in JSON are texts ("NaN"), as
// Kafka Connect's JsonConverter has it.

namespace slotcast::kafka {

// Memory for values on their way. Threads: one.
struct Scratch {
  UnscaledDecimal decimal;
  sink::Buffer array_element;
  sink::Buffer bytes;
  sink::Buffer word;
  sink::Buffer object;
};

// Beside the top bits of all bytes, in what tells that a value has to be looked at again.
inline constexpr unsigned kHasNoPlace = 1u << 31;

// Of a type whose text takes room in proportion: what put_json_value() writes at most.
inline constexpr std::size_t kJsonValueBytes = 192;
constexpr std::size_t json_value_room(std::size_t text_bytes) {
  return text_bytes * sink::kJsonEscapedMax + kJsonValueBytes;
}
// The others have to be appended.
inline bool is_appended(Encoding encoding) {
  return encoding == Encoding::Hstore || encoding == Encoding::Array;
}

// All but the commonest.
char* put_rare_json_value(char* at, const ValueType& type, std::string_view text, Scratch& scratch,
                          unsigned& flags);

// For a caller that has made room. A text that cannot be written this way is flagged, and something
// is written in its place. Up to sink::kPutSlack bytes behind the end may be written over.
[[gnu::always_inline]] inline char* put_json_value(char* at, const ValueType& type,
                                                   std::string_view text, Scratch& scratch,
                                                   unsigned& flags) {
  switch (type.encoding) {
    case Encoding::Integer:
      return sink::put_exactly(at, text);
    case Encoding::Text:
      return sink::write_json_string(at, text, flags);
    case Encoding::Boolean:
      return sink::put_exactly(at, text == "t" ? "true" : "false");
    case Encoding::Float:
    case Encoding::DecimalDigits:
      if (sink::is_plain_number(text)) return sink::put_exactly(at, text);
      return sink::write_json_string(at, text, flags);
    default:
      return put_rare_json_value(at, type, text, scratch, flags);
  }
}

// Of any type and size; takes what room it needs.
void append_json_value(sink::Buffer& out, const ValueType& type, std::string_view text,
                       Scratch& scratch, unsigned& flags);

// Whether it is written without a flag.
bool fits_json(const ValueType& type, std::string_view text);

// What stands for a value that the server did not send, where there is something that can.
inline constexpr std::string_view kUnavailable = "__debezium_unavailable_value";
std::string json_marker(const ValueType& type);

}  // namespace slotcast::kafka
