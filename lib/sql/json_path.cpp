#include "lib/sql/json_path.h"

#include "lib/sql/json_string.h"
#include "lib/sql/jsonb_text.h"

namespace slotcast::sql {
namespace {

using Form = JsonToken::Form;
using Found = std::optional<std::string_view>;

// Goes through the outermost object or array of a text.
class JsonWalk {
 public:
  JsonWalk(std::string_view text, JsonLexer::Escapes escapes) : lexer_(text, escapes) {}

  bool start() { return lexer_.next(); }
  const JsonToken& token() const { return lexer_.token(); }
  JsonError error() const {
    // Only a text that is not JSON at all comes to its end too early.
    return lexer_.error() == JsonError::None ? JsonError::Syntax : lexer_.error();
  }

  // The token is an opening bracket or a comma; takes it and what it leads to. False at the closing
  // bracket, and at an error.
  bool next_field(JsonToken& key, std::string_view& value) {
    if (!next_item()) return false;
    key = token();
    is_failed_ = !key.is(Form::String) || !lexer_.next() || !lexer_.next() || !pass_value(value);
    return !is_failed_;
  }
  bool next_element(std::string_view& value) {
    if (!next_item()) return false;
    is_failed_ = !pass_value(value);
    return !is_failed_;
  }
  bool is_failed() const { return is_failed_; }

  // To the end, for the errors that are left.
  bool finish() {
    while (!token().is(Form::End)) {
      if (!lexer_.next()) return false;
    }
    return true;
  }

 private:
  bool next_item() {
    if (token().is(Form::EndObject) || token().is(Form::EndArray)) return false;
    is_failed_ = !lexer_.next();
    return !is_failed_ && !token().is(Form::EndObject) && !token().is(Form::EndArray);
  }

  bool pass_value(std::string_view& value) {
    const char* const begin = token().text.data();
    const char* end = begin;
    std::size_t depth = 0;
    do {
      if (token().is(Form::End)) return false;
      if (token().is(Form::BeginObject) || token().is(Form::BeginArray)) ++depth;
      if (token().is(Form::EndObject) || token().is(Form::EndArray)) --depth;
      end = token().text.data() + token().text.size();
      if (!lexer_.next()) return false;
    } while (depth > 0);
    value = {begin, static_cast<std::size_t>(end - begin)};
    return true;
  }

  JsonLexer lexer_;
  bool is_failed_ = false;
};

bool is_key(Frame& frame, const JsonToken& token, std::string_view key) {
  const std::string_view inner = token.inner();
  if (!token.has_escape) return inner == key;
  char* const characters = frame.room(inner.size());
  const char* const end = unescape_json(inner, characters);
  const bool is_equal =
      std::string_view(characters, static_cast<std::size_t>(end - characters)) == key;
  frame.trim(inner.size());
  return is_equal;
}

// The elements of an array; 0 for anything else. Its escapes are not looked at.
bool count_elements(Frame& frame, std::string_view text, std::int64_t& count) {
  JsonWalk walk(text, JsonLexer::Escapes::Any);
  count = 0;
  if (!walk.start()) return fail_json(frame, walk.error());
  if (!walk.token().is(Form::BeginArray)) return true;
  for (std::string_view value; walk.next_element(value);) ++count;
  return walk.is_failed() ? fail_json(frame, walk.error()) : true;
}

}  // namespace

bool find_json_field(Frame& frame, std::string_view json, std::string_view key, Found& found) {
  JsonWalk walk(json, JsonLexer::Escapes::Characters);
  found.reset();
  if (!walk.start()) return fail_json(frame, walk.error());
  if (walk.token().is(Form::BeginObject)) {
    JsonToken token;
    for (std::string_view value; walk.next_field(token, value);) {
      if (is_key(frame, token, key)) found = value;
    }
  }
  return walk.is_failed() || !walk.finish() ? fail_json(frame, walk.error()) : true;
}

bool find_json_element(Frame& frame, std::string_view json, std::int64_t index, Found& found) {
  found.reset();
  if (index < 0) {
    std::int64_t count = 0;
    if (!count_elements(frame, json, count)) return false;
    index += count;
  }
  JsonWalk walk(json, JsonLexer::Escapes::Characters);
  if (!walk.start()) return fail_json(frame, walk.error());
  if (walk.token().is(Form::BeginArray)) {
    for (std::string_view value; walk.next_element(value); --index) {
      if (index == 0) found = value;
    }
  }
  return walk.is_failed() || !walk.finish() ? fail_json(frame, walk.error()) : true;
}

bool find_jsonb_field(Frame& frame, std::string_view jsonb, std::string_view key, Found& found) {
  JsonWalk walk(jsonb, JsonLexer::Escapes::Any);
  found.reset();
  if (!walk.start()) return fail_json(frame, walk.error());
  if (!walk.token().is(Form::BeginObject)) return true;
  JsonToken token;
  for (std::string_view value; walk.next_field(token, value);) {
    if (!is_key(frame, token, key)) continue;
    found = value;
    return true;
  }
  return walk.is_failed() ? fail_json(frame, walk.error()) : true;
}

bool find_jsonb_element(Frame& frame, std::string_view jsonb, std::int64_t index, Found& found) {
  found.reset();
  JsonWalk walk(jsonb, JsonLexer::Escapes::Any);
  if (!walk.start()) return fail_json(frame, walk.error());
  if (walk.token().is(Form::BeginObject)) return true;
  if (!walk.token().is(Form::BeginArray)) {
    if (index == 0 || index == -1) found = walk.token().text;
    return true;
  }
  if (index < 0) {
    std::int64_t count = 0;
    if (!count_elements(frame, jsonb, count)) return false;
    index += count;
    if (index < 0) return true;
  }
  for (std::string_view value; walk.next_element(value); --index) {
    if (index != 0) continue;
    found = value;
    return true;
  }
  return walk.is_failed() ? fail_json(frame, walk.error()) : true;
}

Found json_value_text(Frame& frame, std::string_view value) {
  if (value == "null") return std::nullopt;
  if (!value.starts_with('"')) return value;
  const std::string_view inner = value.substr(1, value.size() - 2);
  if (inner.find('\\') == std::string_view::npos) return inner;
  char* const characters = frame.room(inner.size());
  const auto size = static_cast<std::size_t>(unescape_json(inner, characters) - characters);
  frame.trim(inner.size() - size);
  return std::string_view(characters, size);
}

}  // namespace slotcast::sql
