#include "connectors/kafka/format/json_value.h"

#include <charconv>
#include <cmath>
#include <cstdint>

#include "connectors/kafka/format/array_reader.h"
#include "connectors/kafka/format/base64.h"
#include "connectors/kafka/format/bits.h"
#include "connectors/kafka/format/convert.h"
#include "connectors/kafka/format/hstore.h"
#include "connectors/kafka/format/point.h"

namespace slotcast::kafka {
namespace {

using sink::put_exactly;

// A text is larger than its room only if the caller made none.
constexpr std::size_t kLargeBytes = 4 * 1024;

char* put_flagged(char* at, unsigned& flags) {
  flags |= kHasNoPlace;
  return put_exactly(at, "null");
}

char* put_quoted(char* at, std::string_view text) {
  *at++ = '"';
  at = put_exactly(at, text);
  *at++ = '"';
  return at;
}

char* put_double(char* at, double value) {
  if (std::isnan(value)) return put_exactly(at, "\"NaN\"");
  if (std::isinf(value)) return put_exactly(at, value < 0 ? "\"-Infinity\"" : "\"Infinity\"");
  return std::to_chars(at, at + 32, value).ptr;
}

char* put_whole(char* at, const ValueType& type, std::string_view text, unsigned& flags) {
  std::int64_t value = 0;
  if (!read_whole(type, text, value)) return put_flagged(at, flags);
  return std::to_chars(at, at + 20, value).ptr;
}

char* put_words(char* at, const ValueType& type, std::string_view text, unsigned& flags) {
  *at++ = '"';
  char* const end = put_text_of(at, type, text);
  if (end == nullptr) return put_flagged(at - 1, flags);
  *end = '"';
  return end + 1;
}

char* put_hex_bytes(char* at, std::string_view text, unsigned& flags) {
  if (!text.starts_with("\\x")) return put_flagged(at, flags);
  *at = '"';
  char* const end = put_base64_of_hex(at + 1, text.substr(2));
  if (end == nullptr) return put_flagged(at, flags);
  *end = '"';
  return end + 1;
}

char* put_bytes(char* at, std::string_view bytes) {
  *at++ = '"';
  at = put_base64(at, bytes);
  *at++ = '"';
  return at;
}

char* put_scaled(char* at, std::string_view text, Scratch& scratch, unsigned& flags) {
  UnscaledDecimal& decimal = scratch.decimal;
  if (!decimal.set(text)) return put_flagged(at, flags);
  at = put_exactly(at, "{\"scale\":");
  at = std::to_chars(at, at + 10, decimal.scale()).ptr;
  at = put_bytes(put_exactly(at, ",\"value\":"), decimal.bytes());
  *at++ = '}';
  return at;
}

char* put_bit_bytes(char* at, std::string_view text, Scratch& scratch, unsigned& flags) {
  char* const bytes = scratch.bytes.reserve(bytes_of_bits(text.size()) + 1);
  const char* const end = kafka::put_bits(bytes, text);
  if (end == nullptr) return put_flagged(at, flags);
  return put_bytes(at, {bytes, static_cast<std::size_t>(end - bytes)});
}

char* put_coordinate(char* at, std::string_view text) {
  return sink::is_plain_number(text) ? put_exactly(at, text) : put_quoted(at, text);
}

char* put_point(char* at, std::string_view text, unsigned& flags) {
  PointText point;
  double x = 0;
  double y = 0;
  if (!read_point(text, point) || !read_double(point.x, x) || !read_double(point.y, y)) {
    return put_flagged(at, flags);
  }
  char wkb[kWkbPointBytes];
  put_wkb_point(wkb, x, y);
  at = put_coordinate(put_exactly(at, "{\"x\":"), point.x);
  at = put_coordinate(put_exactly(at, ",\"y\":"), point.y);
  at = put_bytes(put_exactly(at, ",\"wkb\":"), {wkb, sizeof wkb});
  return put_exactly(at, ",\"srid\":null}");
}

char* put_decimal_double(char* at, const ValueType& type, std::string_view text, unsigned& flags) {
  double value = 0;
  if (!read_decimal_double(type, text, value)) return put_flagged(at, flags);
  return put_double(at, value);
}

char* put_unscaled(char* at, const ValueType& type, std::string_view text, Scratch& scratch,
                   unsigned& flags) {
  if (!read_unscaled(type, text, scratch.decimal)) return put_flagged(at, flags);
  return put_bytes(at, scratch.decimal.bytes());
}

void append_array(sink::Buffer& out, const ValueType& type, std::string_view text, Scratch& scratch,
                  unsigned& flags) {
  using Token = ArrayReader::Token;
  ArrayReader reader(text, type.delimiter, scratch.array_element);
  int depth = 0;
  bool is_first = true;
  for (Token token = reader.next(); token != Token::End; token = reader.next()) {
    if (token == Token::Wrong || (depth == 1 && token == Token::Open && !type.may_nest)) {
      flags |= kHasNoPlace;
      return;
    }
    if (token == Token::Close) {
      out.append(']');
      --depth;
      is_first = false;
      continue;
    }
    if (!is_first) out.append(',');
    is_first = token == Token::Open;
    if (token == Token::Open) {
      out.append('[');
      ++depth;
    } else if (token == Token::Null) {
      out.append("null");
    } else {
      append_json_value(out, *type.element, reader.element(), scratch, flags);
    }
  }
}

void append_hstore_text(sink::Buffer& out, std::string_view text, Scratch& scratch,
                        unsigned& flags) {
  scratch.object.clear();
  if (!append_hstore(scratch.object, text, scratch.word) ||
      !sink::append_json_string(out, scratch.object.text())) {
    flags |= kHasNoPlace;
  }
}

}  // namespace

char* put_rare_json_value(char* at, const ValueType& type, std::string_view text, Scratch& scratch,
                          unsigned& flags) {
  switch (type.encoding) {
    case Encoding::Json:
      return sink::write_json_value(at, text, flags);
    case Encoding::DecimalDouble:
    case Encoding::MoneyDouble:
      return put_decimal_double(at, type, text, flags);
    case Encoding::DecimalUnscaled:
    case Encoding::MoneyUnscaled:
      return put_unscaled(at, type, text, scratch, flags);
    case Encoding::DecimalScaled:
      return put_scaled(at, text, scratch, flags);
    case Encoding::Days:
    case Encoding::TimeMillis:
    case Encoding::TimeMicros:
    case Encoding::TimestampMillis:
    case Encoding::TimestampMicros:
    case Encoding::IntervalMicros:
      return put_whole(at, type, text, flags);
    case Encoding::Bytes:
      return put_hex_bytes(at, text, flags);
    case Encoding::Bit:
      return put_exactly(at, text == "1" ? "true" : "false");
    case Encoding::Bits:
      return put_bit_bytes(at, text, scratch, flags);
    case Encoding::Point:
      return put_point(at, text, flags);
    default:
      return put_words(at, type, text, flags);
  }
}

void append_json_value(sink::Buffer& out, const ValueType& type, std::string_view text,
                       Scratch& scratch, unsigned& flags) {
  if (type.encoding == Encoding::Array) {
    append_array(out, type, text, scratch, flags);
  } else if (type.encoding == Encoding::Hstore) {
    append_hstore_text(out, text, scratch, flags);
  } else if (text.size() <= kLargeBytes) {
    char* const at = out.reserve(json_value_room(text.size()) + sink::kPutSlack);
    out.advance(put_json_value(at, type, text, scratch, flags));
  } else if (type.encoding == Encoding::Text) {
    if (!sink::append_json_string(out, text)) flags |= kHasNoPlace;
  } else if (type.encoding == Encoding::Json) {
    if (!sink::append_json_value(out, text)) flags |= kHasNoPlace;
  } else {
    // None of the others grows.
    char* const at = out.reserve(text.size() + kJsonValueBytes + sink::kPutSlack);
    out.advance(put_json_value(at, type, text, scratch, flags));
  }
}

bool fits_json(const ValueType& type, std::string_view text) {
  sink::Buffer nowhere;
  Scratch scratch;
  unsigned flags = 0;
  append_json_value(nowhere, type, text, scratch, flags);
  return (flags & kHasNoPlace) == 0;
}

std::string json_marker(const ValueType& type) {
  const std::string quoted = "\"" + std::string(kUnavailable) + "\"";
  if (type.literal == Literal::String) return quoted;
  if (type.encoding == Encoding::Bytes) {
    std::string bytes(base64_bytes(kUnavailable.size()) + 2, '"');
    put_base64(bytes.data() + 1, kUnavailable);
    return bytes;
  }
  if (type.literal != Literal::Array) return "";
  if (type.element->literal == Literal::String) return "[" + quoted + "]";
  if (type.element->encoding != Encoding::Integer) return "";
  std::string numbers;
  for (const char c : kUnavailable)
    numbers += (numbers.empty() ? "" : ",") + std::to_string(int{c});
  return "[" + numbers + "]";
}

}  // namespace slotcast::kafka
