#include "connectors/kafka/format/fault.h"

#include "connectors/kafka/format/array_reader.h"
#include "lib/sink/encode/json_text.h"

namespace slotcast::kafka {
namespace {

constexpr std::size_t kShownBytes = 80;

std::string describe(const ValueType& type, std::string_view text) {
  std::string shown(text.substr(0, kShownBytes));
  if (shown.size() < text.size()) shown += "...";
  switch (type.encoding) {
    case Encoding::DecimalUnscaled:
    case Encoding::DecimalScaled:
      return shown +
             ", which has no place in a decimal of full precision; decimals: string or "
             "double have one for it";
    case Encoding::MoneyText:
    case Encoding::MoneyDouble:
    case Encoding::MoneyUnscaled:
      return shown + ", which is not written with two digits behind a point";
    case Encoding::TimestampMicros:
    case Encoding::IntervalMicros:
      return shown + ", which microseconds in 64 bits do not reach; times: iso have a place for it";
    case Encoding::Array:
      return shown +
             ", which is no list of single values: an array of several dimensions has no "
             "place in a message with a schema";
    default:
      return shown + ", which is not a value of its type as PostgreSQL prints it";
  }
}

}  // namespace

std::string find_fault(const ValueType& type, std::string_view text, Fits fits) {
  if (!sink::is_valid_utf8(text)) return "text that is not valid UTF-8";
  if (fits(type, text)) return "";
  if (type.encoding != Encoding::Array) return describe(type, text);
  sink::Buffer scratch;
  ArrayReader reader(text, type.delimiter, scratch);
  for (auto token = reader.next(); token != ArrayReader::Token::End; token = reader.next()) {
    if (token == ArrayReader::Token::Wrong) break;
    if (token != ArrayReader::Token::Element) continue;
    std::string fault = find_fault(*type.element, reader.element(), fits);
    if (!fault.empty()) return fault;
  }
  return describe(type, text);
}

}  // namespace slotcast::kafka
