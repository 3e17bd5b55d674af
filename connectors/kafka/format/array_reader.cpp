#include "connectors/kafka/format/array_reader.h"

#include <algorithm>

namespace slotcast::kafka {

ArrayReader::ArrayReader(std::string_view text, char delimiter, sink::Buffer& scratch)
    : rest_(text), delimiter_(delimiter), scratch_(scratch) {
  // Bounds are written only where they are not the usual ones.
  if (text.starts_with('[')) rest_.remove_prefix(std::min(text.find('{'), text.size()));
}

ArrayReader::Token ArrayReader::next() {
  if (rest_.empty()) return depth_ == 0 && has_value_ ? Token::End : Token::Wrong;
  if (depth_ == 0 && (has_value_ || rest_[0] != '{')) return Token::Wrong;
  const char c = rest_[0];
  if (c == '}') {
    if (!may_close_) return Token::Wrong;
    rest_.remove_prefix(1);
    --depth_;
    has_value_ = true;
    return Token::Close;
  }
  if (has_value_) {
    if (c != delimiter_) return Token::Wrong;
    rest_.remove_prefix(1);
    has_value_ = may_close_ = false;
    return rest_.empty() || rest_[0] == '}' ? Token::Wrong : next();
  }
  if (c == '{') {
    rest_.remove_prefix(1);
    ++depth_;
    may_close_ = true;
    return Token::Open;
  }
  has_value_ = may_close_ = true;
  return c == '"' ? quoted() : plain();
}

ArrayReader::Token ArrayReader::quoted() {
  rest_.remove_prefix(1);
  scratch_.clear();
  bool is_copied = false;
  for (;;) {
    const std::size_t stop = rest_.find_first_of("\"\\");
    if (stop == std::string_view::npos) return Token::Wrong;
    const std::string_view piece = rest_.substr(0, stop);
    const bool is_end = rest_[stop] == '"';
    if (is_end && !is_copied) {
      element_ = piece;
    } else {
      is_copied = true;
      scratch_.append(piece);
    }
    rest_.remove_prefix(stop + 1);
    if (is_end) {
      if (is_copied) element_ = scratch_.text();
      return Token::Element;
    }
    if (rest_.empty()) return Token::Wrong;
    scratch_.append(rest_[0]);
    rest_.remove_prefix(1);
  }
}

// A text that reads as NULL, or has a character of the syntax, is quoted.
ArrayReader::Token ArrayReader::plain() {
  std::size_t stop = 0;
  while (stop < rest_.size() && rest_[stop] != delimiter_ && rest_[stop] != '}') ++stop;
  element_ = rest_.substr(0, stop);
  rest_.remove_prefix(stop);
  if (element_.empty()) return Token::Wrong;
  return element_ == "NULL" ? Token::Null : Token::Element;
}

}  // namespace slotcast::kafka
