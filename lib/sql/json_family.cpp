#include "lib/sql/builtin.h"
#include "lib/sql/json_parser.h"
#include "lib/sql/json_path.h"
#include "lib/sql/jsonb_text.h"

namespace slotcast::sql {
namespace {

using Found = std::optional<std::string_view>;
using FindField = bool (*)(Frame&, std::string_view, std::string_view, Found&);
using FindElement = bool (*)(Frame&, std::string_view, std::int64_t, Found&);

enum class As { Json, Text };

template <As as>
Value value_of(Frame& frame, const Found& found) {
  const Found text = as == As::Text && found ? json_value_text(frame, *found) : found;
  return text ? Value::of_text(*text) : Value::null();
}

template <FindField find, As as>
bool field_call(Frame& frame, const Value* arguments, Value& result) {
  Found found;
  if (!find(frame, arguments[0].text, arguments[1].text, found)) return false;
  result = value_of<as>(frame, found);
  return true;
}

template <FindElement find, As as>
bool element_call(Frame& frame, const Value* arguments, Value& result) {
  Found found;
  if (!find(frame, arguments[0].text, arguments[1].integer, found)) return false;
  result = value_of<as>(frame, found);
  return true;
}

// The value is the text, byte by byte.
bool json_input(Frame& frame, const Value* arguments, Value& result) {
  JsonParser parser(arguments[0].text, JsonLexer::Escapes::Any);
  while (true) {
    const JsonParser::Part part = parser.next();
    if (part == JsonParser::Part::Error) return fail_json(frame, parser.error());
    if (part == JsonParser::Part::End) break;
  }
  result = Value::of_text(arguments[0].text);
  return true;
}

bool jsonb_input(Frame& frame, const Value* arguments, Value& result) {
  std::string_view jsonb;
  if (!read_jsonb(frame, arguments[0].text, jsonb)) return false;
  result = Value::of_text(jsonb);
  return true;
}

using enum Kind;

constexpr Function kFunctions[] = {
    {"->", Json, 2, {Json, Text}, field_call<find_json_field, As::Json>},
    {"->", Json, 2, {Json, Int4}, element_call<find_json_element, As::Json>},
    {"->>", Text, 2, {Json, Text}, field_call<find_json_field, As::Text>},
    {"->>", Text, 2, {Json, Int4}, element_call<find_json_element, As::Text>},
    {"->", Jsonb, 2, {Jsonb, Text}, field_call<find_jsonb_field, As::Json>},
    {"->", Jsonb, 2, {Jsonb, Int4}, element_call<find_jsonb_element, As::Json>},
    {"->>", Text, 2, {Jsonb, Text}, field_call<find_jsonb_field, As::Text>},
    {"->>", Text, 2, {Jsonb, Int4}, element_call<find_jsonb_element, As::Text>},
};

// A Jsonb value is the text that PostgreSQL prints for it, which is a json value too.
constexpr Cast kCasts[] = {
    {Json, Jsonb, CastContext::Assignment, jsonb_input},
    {Jsonb, Json, CastContext::Assignment, nullptr},
};

// Both inputs are for texts that a user has. A cell of a json or jsonb column is the value as it
// is, checked and printed by the server: reading it again would cost much and could only refuse
// it for being nested deeper than kJsonDepthMax.
constexpr TypeRoutines kTypes[] = {
    {Json, json_input, nullptr},
    {Jsonb, jsonb_input, nullptr},
};

}  // namespace

Family json_family() {
  return {kFunctions, kCasts, kTypes};
}

}  // namespace slotcast::sql
