#pragma once

#include <bitset>

#include "lib/sql/json_lexer.h"

namespace slotcast::sql {

// How deep arrays and objects of a text may be nested that an expression makes json of. PostgreSQL
// goes by the size of its stack: with the default max_stack_depth that is near 12,000.
inline constexpr std::size_t kJsonDepthMax = 10'000;

// Reads a JSON text part by part, without recursion.
class JsonParser {
 public:
  enum class Part { BeginObject, Key, EndObject, BeginArray, EndArray, Scalar, End, Error };

  JsonParser(std::string_view text, JsonLexer::Escapes escapes) : lexer_(text, escapes) {}

  // After End or Error it must not be called again.
  Part next();
  // Of the Key or the Scalar that next() gave last.
  const JsonToken& token() const { return token_; }
  JsonError error() const { return error_; }

 private:
  enum class Expected { Start, Value, ValueOrEnd, Key, KeyOrEnd, More };

  Part fail(JsonError error);
  // `part`, once the token behind it has been read.
  Part pass(Part part, Expected expected);
  Part open(Part part, Expected expected);
  Part close(Part part);
  Part read_value();
  Part read_key();
  bool is_expecting_key() const {
    return expected_ == Expected::Key || expected_ == Expected::KeyOrEnd;
  }
  bool is_in_object() const { return is_object_[depth_]; }

  JsonLexer lexer_;  // one token ahead
  JsonToken token_;
  Expected expected_ = Expected::Start;
  std::size_t depth_ = 0;
  std::bitset<kJsonDepthMax + 1> is_object_;  // by depth
  JsonError error_ = JsonError::None;
};

}  // namespace slotcast::sql
