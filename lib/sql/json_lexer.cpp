#include "lib/sql/json_lexer.h"

#include "lib/sql/json_string.h"

namespace slotcast::sql {
namespace {

constexpr int kNone = -1;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_word_character(char c) {
  const char lower = static_cast<char>(c | 0x20);
  return (lower >= 'a' && lower <= 'z') || is_digit(c) || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

bool JsonLexer::fail(JsonError error) {
  error_ = error;
  return false;
}

bool JsonLexer::take(JsonToken::Form form, std::size_t size) {
  token_ = {form, text_.substr(at_, size), false};
  at_ += size;
  return true;
}

bool JsonLexer::next() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  if (at_ == text_.size()) return take(JsonToken::Form::End, 0);
  switch (const char c = text_[at_]; c) {
    case '{':
    case '}':
    case '[':
    case ']':
    case ':':
    case ',':
      return take(static_cast<JsonToken::Form>(c), 1);
    case '"':
      return take_string();
    case 't':
      return take_word("true");
    case 'f':
      return take_word("false");
    case 'n':
      return take_word("null");
    default:
      return take_number();
  }
}

// A letter right behind a word or a number belongs to it, and makes it none.
bool JsonLexer::take_whole(JsonToken::Form form, std::size_t size) {
  const std::size_t end = at_ + size;
  if (end < text_.size() && is_word_character(text_[end])) return fail(JsonError::Syntax);
  return take(form, size);
}

bool JsonLexer::take_word(std::string_view word) {
  if (text_.substr(at_, word.size()) != word) return fail(JsonError::Syntax);
  return take_whole(JsonToken::Form::Literal, word.size());
}

std::size_t JsonLexer::skip_digits(std::size_t at) const {
  while (at < text_.size() && is_digit(text_[at])) ++at;
  return at;
}

bool JsonLexer::take_number() {
  const std::size_t digits = at_ + (has(at_, '-') ? 1 : 0);
  std::size_t end = has(digits, '0') ? digits + 1 : skip_digits(digits);
  if (end == digits) return fail(JsonError::Syntax);
  if (has(end, '.')) {
    const std::size_t fraction = end + 1;
    end = skip_digits(fraction);
    if (end == fraction) return fail(JsonError::Syntax);
  }
  if (has(end, 'e') || has(end, 'E')) {
    std::size_t exponent = end + 1;
    if (has(exponent, '+') || has(exponent, '-')) ++exponent;
    end = skip_digits(exponent);
    if (end == exponent) return fail(JsonError::Syntax);
  }
  return take_whole(JsonToken::Form::Number, end - at_);
}

bool JsonLexer::take_string() {
  int high_surrogate = kNone;  // waits for its other half
  bool has_escape = false;
  for (std::size_t at = at_ + 1; at < text_.size();) {
    const char c = text_[at];
    if (c == '"') {
      if (high_surrogate != kNone) return fail(JsonError::Syntax);
      take(JsonToken::Form::String, at + 1 - at_);
      token_.has_escape = has_escape;
      return true;
    }
    if (static_cast<unsigned char>(c) < ' ') return fail(JsonError::Syntax);
    if (c == '\\') {
      has_escape = true;
      if (!skip_escape(at, high_surrogate)) return false;
    } else {
      if (high_surrogate != kNone) return fail(JsonError::Syntax);
      ++at;
    }
  }
  return fail(JsonError::Syntax);
}

bool JsonLexer::skip_escape(std::size_t& at, int& high_surrogate) {
  if (has(at + 1, 'u')) return skip_unicode(at, high_surrogate);
  constexpr std::string_view kEscapes = "\"\\/bfnrt";
  const bool is_known =
      at + 1 < text_.size() && kEscapes.find(text_[at + 1]) != std::string_view::npos;
  if (!is_known || high_surrogate != kNone) return fail(JsonError::Syntax);
  at += 2;
  return true;
}

bool JsonLexer::skip_unicode(std::size_t& at, int& high_surrogate) {
  const int unit = json_code_unit(text_.substr(at));
  if (unit < 0) return fail(JsonError::Syntax);
  at += kJsonUnicodeBytes;
  if (escapes_ == Escapes::Any) return true;
  // A high half is followed by a low one, and a low one follows nothing else.
  if (is_low_surrogate(unit) != (high_surrogate != kNone)) return fail(JsonError::Syntax);
  high_surrogate = is_high_surrogate(unit) ? unit : kNone;
  return unit == 0 ? fail(JsonError::Unicode) : true;
}

}  // namespace slotcast::sql
