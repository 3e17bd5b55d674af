#include "lib/sql/json_parser.h"

namespace slotcast::sql {
namespace {

using Form = JsonToken::Form;

}  // namespace

JsonParser::Part JsonParser::fail(JsonError error) {
  error_ = error;
  return Part::Error;
}

JsonParser::Part JsonParser::pass(Part part, Expected expected) {
  if (!lexer_.next()) return fail(lexer_.error());
  expected_ = expected;
  return part;
}

JsonParser::Part JsonParser::open(Part part, Expected expected) {
  if (depth_ == kJsonDepthMax) return fail(JsonError::Depth);
  is_object_[++depth_] = part == Part::BeginObject;
  return pass(part, expected);
}

JsonParser::Part JsonParser::close(Part part) {
  --depth_;
  return pass(part, Expected::More);
}

JsonParser::Part JsonParser::next() {
  if (expected_ == Expected::Start) {
    if (!lexer_.next()) return fail(lexer_.error());
    return read_value();
  }
  if (expected_ == Expected::More) {
    if (depth_ == 0) return lexer_.token().is(Form::End) ? Part::End : fail(JsonError::Syntax);
    if (lexer_.token().is(Form::Comma)) {
      const Expected then = is_in_object() ? Expected::Key : Expected::Value;
      if (pass(Part::End, then) == Part::Error) return Part::Error;
    } else if (lexer_.token().is(is_in_object() ? Form::EndObject : Form::EndArray)) {
      return close(is_in_object() ? Part::EndObject : Part::EndArray);
    } else {
      return fail(JsonError::Syntax);
    }
  }
  return is_expecting_key() ? read_key() : read_value();
}

JsonParser::Part JsonParser::read_value() {
  switch (lexer_.token().form) {
    case Form::BeginObject:
      return open(Part::BeginObject, Expected::KeyOrEnd);
    case Form::BeginArray:
      return open(Part::BeginArray, Expected::ValueOrEnd);
    case Form::String:
    case Form::Number:
    case Form::Literal:
      token_ = lexer_.token();
      return pass(Part::Scalar, Expected::More);
    case Form::EndArray:
      if (expected_ == Expected::ValueOrEnd) return close(Part::EndArray);
      return fail(JsonError::Syntax);
    default:
      return fail(JsonError::Syntax);
  }
}

JsonParser::Part JsonParser::read_key() {
  if (lexer_.token().is(Form::EndObject) && expected_ == Expected::KeyOrEnd) {
    return close(Part::EndObject);
  }
  if (!lexer_.token().is(Form::String)) return fail(JsonError::Syntax);
  token_ = lexer_.token();
  if (!lexer_.next()) return fail(lexer_.error());
  if (!lexer_.token().is(Form::Colon)) return fail(JsonError::Syntax);
  return pass(Part::Key, Expected::Value);
}

}  // namespace slotcast::sql
