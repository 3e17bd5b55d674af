#include <algorithm>
#include <functional>

#include "lib/sql/builtin.h"
#include "lib/sql/bytea.h"
#include "lib/sql/compare_texts.h"
#include "lib/sql/join.h"
#include "lib/sql/md5.h"
#include "lib/sql/substring.h"
#include "lib/sql/uuid.h"

namespace slotcast::sql {
namespace {

bool uuid_input(Frame& frame, const Value* arguments, Value& result) {
  std::string_view uuid;
  if (!read_uuid(frame, arguments[0].text, uuid)) return false;
  result = Value::of_text(uuid);
  return true;
}

bool bytea_input(Frame& frame, const Value* arguments, Value& result) {
  std::string_view bytes;
  if (!read_bytea(frame, arguments[0].text, bytes)) return false;
  result = Value::of_text(bytes);
  return true;
}

bool bytea_output(Frame& frame, const Value& value, std::string_view& text) {
  text = print_bytea(frame, value.text);
  return true;
}

bool concatenate_call(Frame& frame, const Value* arguments, Value& result) {
  std::string_view joined;
  if (!concatenate(frame, arguments[0].text, arguments[1].text, joined)) return false;
  result = Value::of_text(joined);
  return true;
}

bool length_call(Frame&, const Value* arguments, Value& result) {
  result = Value::of_integer(static_cast<std::int64_t>(arguments[0].text.size()));
  return true;
}

std::string_view take_bytes(std::string_view bytes, Span span) {
  return bytes.substr(std::min<std::uint64_t>(span.skipped, bytes.size()), span.taken);
}

bool substr_from_call(Frame&, const Value* arguments, Value& result) {
  result = Value::of_text(take_bytes(arguments[0].text, span_from(arguments[1].integer)));
  return true;
}

bool substr_call(Frame& frame, const Value* arguments, Value& result) {
  Span span;
  if (!span_of(frame, arguments[1].integer, arguments[2].integer, span)) return false;
  result = Value::of_text(take_bytes(arguments[0].text, span));
  return true;
}

bool md5_call(Frame& frame, const Value* arguments, Value& result) {
  std::array<char, 32> digits{};
  if (!md5(arguments[0].text, digits)) {
    return frame.fail("XX000", "could not compute MD5 hash: unsupported");
  }
  result = Value::of_text(frame.copy({digits.data(), digits.size()}));
  return true;
}

using enum Kind;

constexpr Function kFunctions[] = {
    {"=", Bool, 2, {Uuid, Uuid}, compare_texts<std::equal_to<>>},
    {"<>", Bool, 2, {Uuid, Uuid}, compare_texts<std::not_equal_to<>>},
    {"<", Bool, 2, {Uuid, Uuid}, compare_texts<std::less<>>},
    {"<=", Bool, 2, {Uuid, Uuid}, compare_texts<std::less_equal<>>},
    {">", Bool, 2, {Uuid, Uuid}, compare_texts<std::greater<>>},
    {">=", Bool, 2, {Uuid, Uuid}, compare_texts<std::greater_equal<>>},
    {"=", Bool, 2, {Bytea, Bytea}, compare_texts<std::equal_to<>>},
    {"<>", Bool, 2, {Bytea, Bytea}, compare_texts<std::not_equal_to<>>},
    {"<", Bool, 2, {Bytea, Bytea}, compare_texts<std::less<>>},
    {"<=", Bool, 2, {Bytea, Bytea}, compare_texts<std::less_equal<>>},
    {">", Bool, 2, {Bytea, Bytea}, compare_texts<std::greater<>>},
    {">=", Bool, 2, {Bytea, Bytea}, compare_texts<std::greater_equal<>>},
    {"||", Bytea, 2, {Bytea, Bytea}, concatenate_call},
    {"length", Int4, 1, {Bytea}, length_call},
    {"substr", Bytea, 2, {Bytea, Int4}, substr_from_call},
    {"substr", Bytea, 3, {Bytea, Int4, Int4}, substr_call},
    {"substring", Bytea, 2, {Bytea, Int4}, substr_from_call},
    {"substring", Bytea, 3, {Bytea, Int4, Int4}, substr_call},
    {"md5", Text, 1, {Text}, md5_call},
    {"md5", Text, 1, {Bytea}, md5_call},
};

constexpr TypeRoutines kTypes[] = {
    {Uuid, uuid_input, nullptr},
    {Bytea, bytea_input, bytea_output},
};

}  // namespace

Family binary_family() {
  return {kFunctions, {}, kTypes};
}

}  // namespace slotcast::sql
