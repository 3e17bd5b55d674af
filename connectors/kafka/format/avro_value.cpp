#include "connectors/kafka/format/avro_value.h"

#include <cstring>

#include "connectors/kafka/format/array_reader.h"
#include "connectors/kafka/format/avro_bytes.h"
#include "connectors/kafka/format/base64.h"
#include "connectors/kafka/format/bits.h"
#include "connectors/kafka/format/convert.h"
#include "connectors/kafka/format/hstore.h"
#include "connectors/kafka/format/point.h"

namespace slotcast::kafka {
namespace {

using sink::Buffer;

bool append_whole(Buffer& out, const ValueType& type, std::string_view text) {
  std::int64_t value = 0;
  if (!read_whole(type, text, value)) return false;
  append_long(out, value);
  return true;
}

bool append_number(Buffer& out, const ValueType& type, std::string_view text) {
  double value = 0;
  if (!read_decimal_double(type, text, value)) return false;
  if (type.literal == Literal::Float32) {
    append_float(out, static_cast<float>(value));
  } else {
    append_double(out, value);
  }
  return true;
}

// Most texts are short and of no other characters.
bool is_ascii(std::string_view text) {
  std::uint64_t high = 0;
  const char* at = text.data();
  std::size_t left = text.size();
  for (; left >= sizeof high; left -= sizeof high, at += sizeof high) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, at, sizeof eight);
    high |= eight;
  }
  for (; left > 0; --left) high |= static_cast<unsigned char>(*at++);
  return (high & 0x8080808080808080) == 0;
}

bool append_text(Buffer& out, std::string_view text) {
  append_bytes(out, text);
  return is_ascii(text) || sink::is_valid_utf8(text);
}

bool append_words(Buffer& out, const ValueType& type, std::string_view text, Scratch& scratch) {
  char* const at = scratch.bytes.reserve(text.size() + kTextBytes + sink::kPutSlack);
  const char* const end = put_text_of(at, type, text);
  return end != nullptr && append_text(out, {at, static_cast<std::size_t>(end - at)});
}

bool append_hex_bytes(Buffer& out, std::string_view text) {
  if (!text.starts_with("\\x")) return false;
  const std::string_view digits = text.substr(2);
  append_long(out, static_cast<std::int64_t>(digits.size() / 2));
  char* const end = put_bytes_of_hex(out.reserve(digits.size() / 2 + 1), digits);
  if (end == nullptr) return false;
  out.advance(end);
  return true;
}

bool append_bits(Buffer& out, std::string_view text) {
  const std::size_t count = bytes_of_bits(text.size());
  append_long(out, static_cast<std::int64_t>(count));
  char* const end = put_bits(out.reserve(count + 1), text);
  if (end == nullptr) return false;
  out.advance(end);
  return true;
}

bool append_unscaled(Buffer& out, const ValueType& type, std::string_view text, Scratch& scratch) {
  if (!read_unscaled(type, text, scratch.decimal)) return false;
  append_bytes(out, scratch.decimal.bytes());
  return true;
}

bool append_scaled(Buffer& out, std::string_view text, Scratch& scratch) {
  if (!scratch.decimal.set(text)) return false;
  append_long(out, scratch.decimal.scale());
  append_bytes(out, scratch.decimal.bytes());
  return true;
}

bool append_point(Buffer& out, std::string_view text) {
  PointText point;
  double x = 0;
  double y = 0;
  if (!read_point(text, point) || !read_double(point.x, x) || !read_double(point.y, y)) {
    return false;
  }
  char wkb[kWkbPointBytes];
  put_wkb_point(wkb, x, y);
  append_double(out, x);
  append_double(out, y);
  append_something(out);
  append_bytes(out, {wkb, sizeof wkb});
  append_null(out);
  return true;
}

bool append_object(Buffer& out, std::string_view text, Scratch& scratch) {
  scratch.object.clear();
  if (!append_hstore(scratch.object, text, scratch.word)) return false;
  append_bytes(out, scratch.object.text());
  return true;
}

// Elements of one dimension, or less than 0.
std::int64_t count_elements(const ValueType& type, std::string_view text, Scratch& scratch) {
  using Token = ArrayReader::Token;
  ArrayReader reader(text, type.delimiter, scratch.array_element);
  std::int64_t count = 0;
  int opened = 0;
  for (Token token = reader.next(); token != Token::End; token = reader.next()) {
    if (token == Token::Open) ++opened;
    if (token == Token::Wrong || opened > 1) return -1;
    if (token == Token::Element || token == Token::Null) ++count;
  }
  return count;
}

// One block with all of them, and the empty one that ends an array.
bool append_array(Buffer& out, const ValueType& type, std::string_view text, Scratch& scratch) {
  using Token = ArrayReader::Token;
  const std::int64_t count = count_elements(type, text, scratch);
  if (count < 0) return false;
  if (count > 0) append_long(out, count);
  ArrayReader reader(text, type.delimiter, scratch.array_element);
  for (Token token = reader.next(); token != Token::End; token = reader.next()) {
    if (token == Token::Null) append_null(out);
    if (token != Token::Element) continue;
    append_something(out);
    if (!append_avro_value(out, *type.element, reader.element(), scratch)) return false;
  }
  append_long(out, 0);
  return true;
}

}  // namespace

bool append_avro_value(Buffer& out, const ValueType& type, std::string_view text,
                       Scratch& scratch) {
  switch (type.encoding) {
    case Encoding::Boolean:
      append_boolean(out, text == "t");
      return true;
    case Encoding::Bit:
      append_boolean(out, text == "1");
      return true;
    case Encoding::Float:
    case Encoding::DecimalDouble:
    case Encoding::MoneyDouble:
      return append_number(out, type, text);
    case Encoding::Text:
      return append_text(out, text);
    case Encoding::Bytes:
      return append_hex_bytes(out, text);
    case Encoding::Bits:
      return append_bits(out, text);
    case Encoding::DecimalUnscaled:
    case Encoding::MoneyUnscaled:
      return append_unscaled(out, type, text, scratch);
    case Encoding::DecimalScaled:
      return append_scaled(out, text, scratch);
    case Encoding::Point:
      return append_point(out, text);
    case Encoding::Hstore:
      return append_object(out, text, scratch);
    case Encoding::Array:
      return append_array(out, type, text, scratch);
    default:
      return type.literal == Literal::String ? append_words(out, type, text, scratch)
                                             : append_whole(out, type, text);
  }
}

bool fits_avro(const ValueType& type, std::string_view text) {
  Buffer nowhere;
  Scratch scratch;
  return append_avro_value(nowhere, type, text, scratch);
}

std::string avro_marker(const ValueType& type) {
  Buffer out;
  if (type.literal == Literal::String || type.encoding == Encoding::Bytes) {
    append_bytes(out, kUnavailable);
  } else if (type.literal == Literal::Array && type.element->literal == Literal::String) {
    append_long(out, 1);
    append_something(out);
    append_bytes(out, kUnavailable);
    append_long(out, 0);
  } else if (type.literal == Literal::Array && type.element->encoding == Encoding::Integer) {
    append_long(out, static_cast<std::int64_t>(kUnavailable.size()));
    for (const char c : kUnavailable) {
      append_something(out);
      append_long(out, c);
    }
    append_long(out, 0);
  }
  return std::string(out.text());
}

}  // namespace slotcast::kafka
