#pragma once

#include <cstdint>
#include <memory>

#include "connectors/kafka/format/options.h"
#include "lib/change/relation.h"

// How the values of a column are written.
//
// Source of the encodings of debezium and avro: Debezium's documentation, connector for PostgreSQL,
// "Data type mappings". Where they differ:
//
// - A numeric without a scale keeps the digits behind its point; Debezium cuts zeros off.
// - The infinities of a date are the largest and the smallest int32; Debezium's wrap around.
// - bit(n) has as many bytes as n bits take, also where the first bits are 0.
// - Types that Debezium leaves out (intervals in arrays, composites, ...) are there, as texts where
//   there is nothing better; so are geometric types but for point.
// - An array of several dimensions has no place in an ARRAY: with a schema the row is refused;
//   without one it is an array of arrays. Bounds that do not begin with 1 are left out.

namespace slotcast::kafka {

// What a value is in Kafka Connect.
enum class Literal : std::uint8_t {
  Boolean,
  Int16,
  Int32,
  Int64,
  Float32,
  Float64,
  String,
  Bytes,
  Array,
  ScaledDecimal,  // a struct of scale and unscaled value
  Point,          // a struct of x, y, wkb and srid
};

// What becomes of PostgreSQL's text.
enum class Encoding : std::uint8_t {
  Boolean,  // "t" or "f"
  Integer,
  Float,
  Text,             // as it is
  BooleanText,      // "true" or "false"
  Json,             // a json as JSON, not as a text
  DecimalDigits,    // a JSON number with all digits
  DecimalText,      // all digits as a text
  DecimalDouble,    // the nearest double
  DecimalUnscaled,  // two's complement, big-endian, of the value without its point
  DecimalScaled,    // the same beside its scale
  MoneyText,        // without signs of a currency or thousands
  MoneyDouble,
  MoneyUnscaled,
  Days,  // since 1970-01-01
  DateText,
  TimeMillis,  // of the day
  TimeMicros,
  TimeText,
  TimeUtcText,      // of a time with a zone
  TimestampMillis,  // since 1970-01-01 00:00, as if it were UTC
  TimestampMicros,
  TimestampText,
  TimestampUtcText,  // of a timestamp with a zone
  IntervalMicros,    // a month has 365.25 / 12 days
  IntervalText,      // P1Y2M3DT4H5M6.7S
  Bytes,
  HexText,
  Bit,   // one as a boolean
  Bits,  // the last one first
  Point,
  Hstore,  // as a text that is a JSON object
  Array,
};

struct ValueType {
  Encoding encoding = Encoding::Text;
  Literal literal = Literal::String;
  const char* semantic = nullptr;  // the name of its Connect schema
  // Digits of a second's fraction; of a decimal, all of them and those behind the point; of bits.
  int length = 0;
  int scale = 0;
  bool as_debezium = false;                  // its words: a date ends in Z, no number is NAN
  bool may_nest = false;                     // an array of arrays has a place
  char delimiter = ',';                      // in the text of an array
  std::shared_ptr<const ValueType> element;  // of an array
};

// Types of before there was a catalog are known by their oid alone.
ValueType value_type_of(const Column& column, const FormatOptions& options);

}  // namespace slotcast::kafka
