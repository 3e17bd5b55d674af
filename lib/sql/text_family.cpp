#include <algorithm>
#include <functional>
#include <string>

#include "lib/sql/builtin.h"
#include "lib/sql/case_mapping.h"
#include "lib/sql/compare_texts.h"
#include "lib/sql/join.h"
#include "lib/sql/like.h"
#include "lib/sql/substring.h"
#include "lib/sql/utf8.h"

namespace slotcast::sql {
namespace {

constexpr std::string_view kSpace = " ";

// A function of texts, and perhaps an integer, that gives a text and cannot fail.
using TextOf = std::string_view (*)(Frame& frame, const Value* arguments);

template <TextOf text_of>
bool text_call(Frame& frame, const Value* arguments, Value& result) {
  result = Value::of_text(text_of(frame, arguments));
  return true;
}

template <bool is_negated>
bool like_call(Frame& frame, const Value* arguments, Value& result) {
  bool is_match = false;
  if (!like(frame, arguments[0].text, arguments[1].text, is_match)) return false;
  result = Value::of_bool(is_match != is_negated);
  return true;
}

bool like_escape_call(Frame& frame, const Value* arguments, Value& result) {
  std::string_view pattern;
  if (!like_escape(frame, arguments[0].text, arguments[1].text, pattern)) return false;
  result = Value::of_text(pattern);
  return true;
}

bool length_call(Frame&, const Value* arguments, Value& result) {
  result = Value::of_integer(static_cast<std::int64_t>(count_characters(arguments[0].text)));
  return true;
}

bool substr_from_call(Frame&, const Value* arguments, Value& result) {
  const Span span = span_from(arguments[1].integer);
  result = Value::of_text(take_characters(arguments[0].text, span));
  return true;
}

bool substr_call(Frame& frame, const Value* arguments, Value& result) {
  Span span;
  if (!span_of(frame, arguments[1].integer, arguments[2].integer, span)) return false;
  result = Value::of_text(take_characters(arguments[0].text, span));
  return true;
}

bool split_part_call(Frame& frame, const Value* arguments, Value& result) {
  std::string_view part;
  if (!split_part(frame, arguments[0].text, arguments[1].text, arguments[2].integer, part)) {
    return false;
  }
  result = Value::of_text(part);
  return true;
}

bool concatenate_call(Frame& frame, const Value* arguments, Value& result) {
  std::string_view joined;
  if (!concatenate(frame, arguments[0].text, arguments[1].text, joined)) return false;
  result = Value::of_text(joined);
  return true;
}

bool replace_call(Frame& frame, const Value* arguments, Value& result) {
  std::string_view replaced;
  if (!replace(frame, arguments[0].text, {arguments[1].text, arguments[2].text}, replaced)) {
    return false;
  }
  result = Value::of_text(replaced);
  return true;
}

std::string_view lower_of(Frame& frame, const Value* arguments) {
  return to_lower(frame, arguments[0].text);
}
std::string_view upper_of(Frame& frame, const Value* arguments) {
  return to_upper(frame, arguments[0].text);
}
std::string_view left_of(Frame&, const Value* arguments) {
  return left_part(arguments[0].text, arguments[1].integer);
}
std::string_view right_of(Frame&, const Value* arguments) {
  return right_part(arguments[0].text, arguments[1].integer);
}
std::string_view ltrim_of(Frame&, const Value* arguments) {
  return trim_left(arguments[0].text, arguments[1].text);
}
std::string_view rtrim_of(Frame&, const Value* arguments) {
  return trim_right(arguments[0].text, arguments[1].text);
}
std::string_view btrim_of(Frame&, const Value* arguments) {
  return trim_right(trim_left(arguments[0].text, arguments[1].text), arguments[1].text);
}
std::string_view ltrim_spaces_of(Frame&, const Value* arguments) {
  return trim_left(arguments[0].text, kSpace);
}
std::string_view rtrim_spaces_of(Frame&, const Value* arguments) {
  return trim_right(arguments[0].text, kSpace);
}
std::string_view btrim_spaces_of(Frame&, const Value* arguments) {
  return trim_right(trim_left(arguments[0].text, kSpace), kSpace);
}

using enum Kind;

// TRIM, SUBSTRING and LIKE … ESCAPE are these functions once the grammar has read them. That two
// enums are of the same type, and that the order of two texts is one of bytes, is checked by
// whoever takes a row.
constexpr Function kFunctions[] = {
    {"=", Bool, 2, {Text, Text}, compare_texts<std::equal_to<>>},
    {"<>", Bool, 2, {Text, Text}, compare_texts<std::not_equal_to<>>},
    {"<", Bool, 2, {Text, Text}, compare_texts<std::less<>>},
    {"<=", Bool, 2, {Text, Text}, compare_texts<std::less_equal<>>},
    {">", Bool, 2, {Text, Text}, compare_texts<std::greater<>>},
    {">=", Bool, 2, {Text, Text}, compare_texts<std::greater_equal<>>},
    {"=", Bool, 2, {Enum, Enum}, compare_texts<std::equal_to<>>},
    {"<>", Bool, 2, {Enum, Enum}, compare_texts<std::not_equal_to<>>},
    {"||", Text, 2, {Text, Text}, concatenate_call},
    {"~~", Bool, 2, {Text, Text}, like_call<false>},
    {"!~~", Bool, 2, {Text, Text}, like_call<true>},
    {"like_escape", Text, 2, {Text, Text}, like_escape_call},
    {"lower", Text, 1, {Text}, text_call<lower_of>},
    {"upper", Text, 1, {Text}, text_call<upper_of>},
    {"length", Int4, 1, {Text}, length_call},
    {"char_length", Int4, 1, {Text}, length_call},
    {"character_length", Int4, 1, {Text}, length_call},
    {"substr", Text, 2, {Text, Int4}, substr_from_call},
    {"substr", Text, 3, {Text, Int4, Int4}, substr_call},
    {"substring", Text, 2, {Text, Int4}, substr_from_call},
    {"substring", Text, 3, {Text, Int4, Int4}, substr_call},
    {"btrim", Text, 1, {Text}, text_call<btrim_spaces_of>},
    {"btrim", Text, 2, {Text, Text}, text_call<btrim_of>},
    {"ltrim", Text, 1, {Text}, text_call<ltrim_spaces_of>},
    {"ltrim", Text, 2, {Text, Text}, text_call<ltrim_of>},
    {"rtrim", Text, 1, {Text}, text_call<rtrim_spaces_of>},
    {"rtrim", Text, 2, {Text, Text}, text_call<rtrim_of>},
    {"replace", Text, 3, {Text, Text, Text}, replace_call},
    {"left", Text, 2, {Text, Int4}, text_call<left_of>},
    {"right", Text, 2, {Text, Int4}, text_call<right_of>},
    {"split_part", Text, 3, {Text, Text, Int4}, split_part_call},
};

constexpr Cast kCasts[] = {
    {Text, Varchar, CastContext::Implicit, nullptr},
    {Varchar, Text, CastContext::Implicit, nullptr},
};

// Whether a text is a label of the enum is known only with the type: no business of an Input.
constexpr TypeRoutines kTypes[] = {
    {Text, nullptr, nullptr},
    {Varchar, nullptr, nullptr},
    {Enum, nullptr, nullptr},
};

}  // namespace

Family text_family() {
  return {kFunctions, kCasts, kTypes};
}

bool fit_varchar(Frame& frame, std::int32_t modifier, bool is_explicit, Value& value) {
  const std::int32_t length = varchar_length(modifier);
  if (length < 0 || value.is_null()) return true;
  const std::size_t fitting = bytes_of_characters(value.text, static_cast<std::uint64_t>(length));
  const std::string_view rest = value.text.substr(fitting);
  if (!is_explicit && !std::all_of(rest.begin(), rest.end(), [](char c) { return c == ' '; })) {
    return frame.fail("22001",
                      "value too long for type character varying(" + std::to_string(length) + ")");
  }
  value.text = value.text.substr(0, fitting);
  return true;
}

}  // namespace slotcast::sql
