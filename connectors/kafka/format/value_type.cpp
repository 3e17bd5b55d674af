#include "connectors/kafka/format/value_type.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace slotcast::kafka {
namespace {

// Object identifiers of built-in types: src/include/catalog/pg_type.dat.
namespace oid {
constexpr std::uint32_t kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kOid = 26,
                        kJson = 114, kXml = 142, kPoint = 600, kFloat4 = 700, kFloat8 = 701,
                        kMoney = 790, kDate = 1082, kTime = 1083, kTimestamp = 1114,
                        kTimestamptz = 1184, kInterval = 1186, kTimetz = 1266, kBit = 1560,
                        kVarbit = 1562, kNumeric = 1700, kUuid = 2950, kTsvector = 3614,
                        kJsonb = 3802, kBoxes = 1020;
}  // namespace oid

struct ArrayOf {
  std::uint32_t array;
  std::uint32_t element;
};
// Of the elements that are more than a text.
constexpr ArrayOf kArrays[] = {
    {1000, oid::kBool},        {1001, oid::kBytea},    {1016, oid::kInt8},
    {1005, oid::kInt2},        {1007, oid::kInt4},     {1028, oid::kOid},
    {199, oid::kJson},         {143, oid::kXml},       {1017, oid::kPoint},
    {1021, oid::kFloat4},      {1022, oid::kFloat8},   {791, oid::kMoney},
    {1182, oid::kDate},        {1183, oid::kTime},     {1115, oid::kTimestamp},
    {1185, oid::kTimestamptz}, {1187, oid::kInterval}, {1270, oid::kTimetz},
    {1561, oid::kBit},         {1563, oid::kVarbit},   {1231, oid::kNumeric},
    {2951, oid::kUuid},        {3643, oid::kTsvector}, {3807, oid::kJsonb}};
// The others that are built in.
constexpr std::uint32_t kTextArrays[] = {
    1002, 1003, 1009, 1014, 1015, oid::kBoxes, 1018, 1019, 1027, 629,  719,
    651,  1041, 1040, 775,  1011, 1012,        1010, 3221, 3905, 3907, 3909,
    3911, 3913, 3927, 3645, 4073, 6150,        6151, 6152, 6153, 6155, 6157};

constexpr int kMicrosecondDigits = 6;
constexpr int kMillisecondDigits = 3;
constexpr int kMoneyDigits = 2;
constexpr int kUnlimitedBits = INT32_MAX;

// What of a column decides.
struct Told {
  std::uint32_t oid = 0;
  std::int32_t modifier = -1;
  char kind = 'b';
  std::string_view name;  // without its schema; empty for what is behind a domain
};

std::string_view without_schema(std::string_view name) {
  return name.substr(name.rfind('.') + 1);
}

Told told_of(const Column& column) {
  if (column.base_oid == 0) return {column.type_oid, column.type_modifier, 'b', {}};
  Told told{column.base_oid, column.base_modifier, column.base_kind, {}};
  if (column.words && column.base_oid == column.type_oid) {
    told.name = without_schema(column.words->name);
  }
  return told;
}

ValueType text(const char* semantic = nullptr) {
  ValueType type;
  type.semantic = semantic;
  return type;
}

ValueType of(Encoding encoding, Literal literal, const char* semantic = nullptr) {
  ValueType type;
  type.encoding = encoding;
  type.literal = literal;
  type.semantic = semantic;
  return type;
}

// Source: src/backend/utils/adt/numeric.c, make_numeric_typmod(): the scale has 11 bits, signed.
ValueType unscaled_decimal(std::int32_t modifier) {
  constexpr int kHeader = 4;
  if (modifier < kHeader) {
    return of(Encoding::DecimalScaled, Literal::ScaledDecimal,
              "io.debezium.data.VariableScaleDecimal");
  }
  ValueType type =
      of(Encoding::DecimalUnscaled, Literal::Bytes, "org.apache.kafka.connect.data.Decimal");
  const int scale = (((modifier - kHeader) & 0x7ff) ^ 1024) - 1024;
  type.length = ((modifier - kHeader) >> 16 & 0xffff) + std::max(0, -scale);
  // Zeros in front of the point are digits, too: Avro knows no scale below 0.
  type.scale = std::max(0, scale);
  return type;
}

ValueType decimal(std::int32_t modifier, const FormatOptions& options) {
  switch (options.decimals) {
    case Decimals::Double:
      return of(Encoding::DecimalDouble, Literal::Float64);
    case Decimals::String: {
      ValueType type = of(Encoding::DecimalText, Literal::String);
      type.as_debezium = options.format != Format::Json;
      return type;
    }
    case Decimals::Precise:
      break;
  }
  if (options.format == Format::Json) return of(Encoding::DecimalDigits, Literal::Float64);
  return unscaled_decimal(modifier);
}

ValueType money(const FormatOptions& options) {
  switch (options.decimals) {
    case Decimals::Double:
      return of(Encoding::MoneyDouble, Literal::Float64);
    case Decimals::String:
      return of(Encoding::MoneyText, Literal::String);
    case Decimals::Precise:
      break;
  }
  ValueType type =
      of(Encoding::MoneyUnscaled, Literal::Bytes, "org.apache.kafka.connect.data.Decimal");
  type.scale = kMoneyDigits;
  return type;
}

int fraction_digits(std::int32_t modifier) {
  return modifier < 0 ? kMicrosecondDigits : std::min(modifier, kMicrosecondDigits);
}

ValueType date(const FormatOptions& options) {
  switch (options.times) {
    case Times::Iso: {
      ValueType type = of(Encoding::DateText, Literal::String, "io.debezium.time.IsoDate");
      type.as_debezium = options.format != Format::Json;
      return type;
    }
    case Times::Connect:
      return of(Encoding::Days, Literal::Int32, "org.apache.kafka.connect.data.Date");
    case Times::Adaptive:
      break;
  }
  return of(Encoding::Days, Literal::Int32, "io.debezium.time.Date");
}

ValueType time(std::int32_t modifier, const FormatOptions& options) {
  switch (options.times) {
    case Times::Iso: {
      ValueType type = of(Encoding::TimeText, Literal::String, "io.debezium.time.IsoTime");
      type.as_debezium = options.format != Format::Json;
      return type;
    }
    case Times::Connect:
      return of(Encoding::TimeMillis, Literal::Int32, "org.apache.kafka.connect.data.Time");
    case Times::Adaptive:
      break;
  }
  if (fraction_digits(modifier) <= kMillisecondDigits) {
    return of(Encoding::TimeMillis, Literal::Int32, "io.debezium.time.Time");
  }
  return of(Encoding::TimeMicros, Literal::Int64, "io.debezium.time.MicroTime");
}

ValueType timestamp(std::int32_t modifier, const FormatOptions& options) {
  switch (options.times) {
    case Times::Iso: {
      ValueType type =
          of(Encoding::TimestampText, Literal::String, "io.debezium.time.IsoTimestamp");
      type.length = fraction_digits(modifier);
      type.as_debezium = options.format != Format::Json;
      return type;
    }
    case Times::Connect:
      return of(Encoding::TimestampMillis, Literal::Int64,
                "org.apache.kafka.connect.data.Timestamp");
    case Times::Adaptive:
      break;
  }
  if (fraction_digits(modifier) <= kMillisecondDigits) {
    return of(Encoding::TimestampMillis, Literal::Int64, "io.debezium.time.Timestamp");
  }
  return of(Encoding::TimestampMicros, Literal::Int64, "io.debezium.time.MicroTimestamp");
}

ValueType timestamptz(std::int32_t modifier) {
  ValueType type =
      of(Encoding::TimestampUtcText, Literal::String, "io.debezium.time.ZonedTimestamp");
  type.length = fraction_digits(modifier);
  return type;
}

ValueType interval(const FormatOptions& options) {
  if (options.times == Times::Iso) {
    return of(Encoding::IntervalText, Literal::String, "io.debezium.time.Interval");
  }
  return of(Encoding::IntervalMicros, Literal::Int64, "io.debezium.time.MicroDuration");
}

ValueType bytes(const FormatOptions& options) {
  if (options.binary == Binary::Hex) return of(Encoding::HexText, Literal::String);
  return of(Encoding::Bytes, Literal::Bytes);
}

ValueType bits(std::uint32_t base, std::int32_t modifier) {
  if (base == oid::kBit && modifier <= 1) return of(Encoding::Bit, Literal::Boolean);
  ValueType type = of(Encoding::Bits, Literal::Bytes, "io.debezium.data.Bits");
  type.length = modifier < 0 ? kUnlimitedBits : modifier;
  return type;
}

// What every format has in common.
ValueType plain_type(const Told& told, const FormatOptions& options) {
  switch (told.oid) {
    case oid::kBool:
      return of(Encoding::Boolean, Literal::Boolean);
    case oid::kInt2:
      return of(Encoding::Integer, Literal::Int16);
    case oid::kInt4:
      return of(Encoding::Integer, Literal::Int32);
    case oid::kInt8:
    case oid::kOid:
      return of(Encoding::Integer, Literal::Int64);
    case oid::kFloat4:
      return of(Encoding::Float, Literal::Float32);
    case oid::kFloat8:
      return of(Encoding::Float, Literal::Float64);
    case oid::kNumeric:
      return decimal(told.modifier, options);
    case oid::kDate:
      return date(options);
    case oid::kTime:
      return time(told.modifier, options);
    case oid::kTimestamp:
      return timestamp(told.modifier, options);
    case oid::kTimestamptz:
      return timestamptz(told.modifier);
    case oid::kTimetz:
      return of(Encoding::TimeUtcText, Literal::String, "io.debezium.time.ZonedTime");
    case oid::kInterval:
      return interval(options);
    case oid::kBytea:
      return bytes(options);
    default:
      return text();
  }
}

ValueType connect_scalar(const Told& told, const FormatOptions& options) {
  if (told.kind == 'e') return text("io.debezium.data.Enum");
  switch (told.oid) {
    case oid::kJson:
    case oid::kJsonb:
      return text("io.debezium.data.Json");
    case oid::kXml:
      return text("io.debezium.data.Xml");
    case oid::kUuid:
      return text("io.debezium.data.Uuid");
    case oid::kTsvector:
      return text("io.debezium.data.Tsvector");
    case oid::kMoney:
      return money(options);
    case oid::kBit:
    case oid::kVarbit:
      return bits(told.oid, told.modifier);
    case oid::kPoint:
      return of(Encoding::Point, Literal::Point, "io.debezium.data.geometry.Point");
    default:
      break;
  }
  if (told.name == "hstore") {
    return of(Encoding::Hstore, Literal::String, "io.debezium.data.Json");
  }
  if (told.name == "ltree") return text("io.debezium.data.Ltree");
  return plain_type(told, options);
}

// The type of an array's elements; nothing when it is none. Types that are not built in are told by
// their name, and have elements of text: of a domain's base type there is none.
bool take_element(const Told& told, Told& element) {
  element.modifier = told.modifier;
  const auto* const found = std::find_if(std::begin(kArrays), std::end(kArrays),
                                         [&](const ArrayOf& one) { return one.array == told.oid; });
  if (found != std::end(kArrays)) {
    element.oid = found->element;
    return true;
  }
  const bool is_built_in =
      std::find(std::begin(kTextArrays), std::end(kTextArrays), told.oid) != std::end(kTextArrays);
  if (!is_built_in && !told.name.ends_with("[]")) return false;
  element.name = told.name.substr(0, told.name.size() - std::min<std::size_t>(2, told.name.size()));
  return true;
}

ValueType connect_type(const Told& told, const FormatOptions& options) {
  Told element;
  if (!take_element(told, element)) return connect_scalar(told, options);
  ValueType type = of(Encoding::Array, Literal::Array);
  type.may_nest = options.format == Format::Debezium && !options.schema;
  type.delimiter = told.oid == oid::kBoxes ? ';' : ',';
  type.element = std::make_shared<const ValueType>(connect_scalar(element, options));
  return type;
}

// All values are texts.
ValueType canal_type(const Told& told, const FormatOptions& options) {
  if (told.oid == oid::kBool) return of(Encoding::BooleanText, Literal::String);
  if (told.oid == oid::kBytea) return bytes(options);
  return text();
}

}  // namespace

ValueType value_type_of(const Column& column, const FormatOptions& options) {
  const Told told = told_of(column);
  switch (options.format) {
    case Format::Json:
      if (column.type_class == TypeClass::Json) return of(Encoding::Json, Literal::String);
      return plain_type(told, options);
    case Format::Debezium:
    case Format::Avro:
      return connect_type(told, options);
    case Format::Canal:
      break;
  }
  return canal_type(told, options);
}

}  // namespace slotcast::kafka
