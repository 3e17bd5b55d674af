#pragma once

#include <cstddef>
#include <string_view>

// The words that JSON is made of, by the rules and in the order in which PostgreSQL finds fault
// with them: a text is refused for the first thing that is wrong in it.
// Source: RFC 8259; PostgreSQL documentation, section "JSON Types".

namespace slotcast::sql {

enum class JsonError {
  None,
  Syntax,   // 22P02
  Unicode,  // 22P05: \u0000, which no text can hold
  Depth,    // 54001
};

struct JsonToken {
  enum class Form : char {
    BeginObject = '{',
    EndObject = '}',
    BeginArray = '[',
    EndArray = ']',
    Colon = ':',
    Comma = ',',
    String = '"',
    Number = '0',
    Literal = 'a',  // true, false, null
    End = '$',
  };
  Form form = Form::End;
  std::string_view text;    // as it stands there; of a string with its quotes
  bool has_escape = false;  // of a string

  bool is(Form wanted) const { return form == wanted; }
  // What is between a string's quotes.
  std::string_view inner() const { return text.substr(1, text.size() - 2); }
};

class JsonLexer {
 public:
  // What is asked of \u in strings: for `json` any four digits will do, for everything that needs
  // the characters they must be characters.
  enum class Escapes { Any, Characters };

  JsonLexer(std::string_view text, Escapes escapes) : text_(text), escapes_(escapes) {}

  // Takes the next one; End again and again at the end of the text. False when there is none
  // because of error().
  bool next();
  const JsonToken& token() const { return token_; }
  JsonError error() const { return error_; }

 private:
  bool fail(JsonError error);
  bool take(JsonToken::Form form, std::size_t size);
  bool take_whole(JsonToken::Form form, std::size_t size);
  bool take_string();
  bool take_number();
  bool take_word(std::string_view word);
  bool skip_escape(std::size_t& at, int& high_surrogate);
  bool skip_unicode(std::size_t& at, int& high_surrogate);
  std::size_t skip_digits(std::size_t at) const;
  bool has(std::size_t at, char c) const { return at < text_.size() && text_[at] == c; }

  std::string_view text_;
  std::size_t at_ = 0;
  Escapes escapes_;
  JsonToken token_;
  JsonError error_ = JsonError::None;
};

}  // namespace slotcast::sql
