#include "lib/sql/lexis.h"

#include <algorithm>

namespace slotcast::sql {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool begins_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool continues_word(char c) {
  return begins_word(c) || is_digit(c) || c == '$';
}

// Comments between /* and */ nest.
std::size_t skip_comment(std::string_view text, std::size_t at) {
  int depth = 0;
  while (at < text.size()) {
    const std::string_view rest = text.substr(at);
    const bool opens = rest.starts_with("/*");
    const bool closes = rest.starts_with("*/");
    at += opens || closes ? 2 : 1;
    depth += opens ? 1 : closes ? -1 : 0;
    if (depth == 0) break;
  }
  return at;
}

// From the opening quote to behind the closing one.
std::size_t skip_quoted(std::string_view text, std::size_t at, bool has_escapes) {
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    const bool is_doubled = text.substr(at + 1, 1) == text.substr(at, 1);
    if (text[at] == quote && !is_doubled) return at + 1;
    if (text[at] == quote || (has_escapes && text[at] == '\\')) ++at;
  }
  return text.size();
}

// $$…$$ and $tag$…$tag$; a lone $ is one character.
std::size_t skip_dollar(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  if (end < text.size() && begins_word(text[end])) {
    while (end < text.size() && continues_word(text[end]) && text[end] != '$') ++end;
  }
  if (end >= text.size() || text[end] != '$') return at + 1;
  const std::string_view tag = text.substr(at, end + 1 - at);
  const std::size_t close = text.find(tag, end + 1);
  return close == std::string_view::npos ? text.size() : close + tag.size();
}

std::size_t end_of_word(std::string_view text, std::size_t at) {
  while (at < text.size() && continues_word(text[at])) ++at;
  return at;
}

}  // namespace

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("--")) {
      at = std::min(text.find_first_of("\n\r", at), text.size());
    } else if (rest.starts_with("/*")) {
      at = skip_comment(text, at);
    } else if (std::string_view(" \t\n\r\f").find(rest[0]) != std::string_view::npos) {
      ++at;
    } else {
      break;
    }
  }
  return at;
}

Token next_token(std::string_view text, std::size_t at) {
  const std::size_t begin = skip_blanks(text, at);
  if (begin == text.size()) return {begin, {}, false};
  const char first = text[begin];
  std::size_t end = begin + 1;
  bool is_word = false;
  if (first == '\'' || first == '"') {
    end = skip_quoted(text, begin, false);
  } else if (first == '$') {
    end = skip_dollar(text, begin);
  } else if (is_digit(first)) {
    end = end_of_word(text, begin);
  } else if (begins_word(first)) {
    end = end_of_word(text, begin);
    const bool is_escaped_text = end == begin + 1 && (first == 'e' || first == 'E') &&
                                 end < text.size() && text[end] == '\'';
    if (is_escaped_text) end = skip_quoted(text, end, true);
    is_word = !is_escaped_text;
  }
  return {begin, text.substr(begin, end - begin), is_word};
}

}  // namespace slotcast::sql
