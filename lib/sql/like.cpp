#include "lib/sql/like.h"

#include "lib/sql/utf8.h"

namespace slotcast::sql {
namespace {

constexpr char kEscape = '\\';

// Walks pattern and text side by side. What stands between two % is taken at the first place where
// it fits: a later place could not fit more of the rest. So there is one point to return to.
class LikeMatcher {
 public:
  LikeMatcher(std::string_view text, std::string_view pattern) : text_(text), pattern_(pattern) {}

  // False when a backslash ends the pattern.
  bool run(bool& is_match) {
    is_match = false;
    while (at_text_ < text_.size()) {
      if (at_pattern_ == pattern_.size()) {
        if (!go_back()) return true;
      } else if (pattern_[at_pattern_] == '%') {
        if (!pass_percent()) return true;
        if (at_pattern_ == pattern_.size()) return is_match = true;
        // Known to be wrong before any text is compared with it.
        if (ends_in_escape()) return false;
      } else if (pattern_[at_pattern_] == '_') {
        at_text_ += character_bytes(text_, at_text_);
        ++at_pattern_;
      } else {
        if (ends_in_escape()) return false;
        if (!pass_literal() && !go_back()) return true;
      }
    }
    while (at_pattern_ < pattern_.size() && pattern_[at_pattern_] == '%') ++at_pattern_;
    is_match = at_pattern_ == pattern_.size();
    return true;
  }

 private:
  bool ends_in_escape() const {
    return pattern_[at_pattern_] == kEscape && at_pattern_ + 1 == pattern_.size();
  }

  // One byte: those of a longer character follow one by one.
  bool pass_literal() {
    const std::size_t at = at_pattern_ + (pattern_[at_pattern_] == kEscape ? 1 : 0);
    if (pattern_[at] != text_[at_text_]) return false;
    at_pattern_ = at + 1;
    ++at_text_;
    return true;
  }

  // All of a run of % and _: as many characters as there are _, and any more. False when the text
  // is too short.
  bool pass_percent() {
    for (; at_pattern_ < pattern_.size(); ++at_pattern_) {
      if (pattern_[at_pattern_] == '%') continue;
      if (pattern_[at_pattern_] != '_') break;
      if (at_text_ == text_.size()) return false;
      at_text_ += character_bytes(text_, at_text_);
    }
    has_percent_ = true;
    after_percent_ = at_pattern_;
    resume_text_ = at_text_;
    return true;
  }

  // To what follows the last %, one character later.
  bool go_back() {
    if (!has_percent_) return false;
    resume_text_ += character_bytes(text_, resume_text_);
    at_text_ = resume_text_;
    at_pattern_ = after_percent_;
    return true;
  }

  std::string_view text_;
  std::string_view pattern_;
  std::size_t at_text_ = 0;
  std::size_t at_pattern_ = 0;
  bool has_percent_ = false;
  std::size_t after_percent_ = 0;  // of the pattern, behind the last %
  std::size_t resume_text_ = 0;    // of the text, where what follows that % was last tried
};

}  // namespace

bool like(Frame& frame, std::string_view text, std::string_view pattern, bool& is_match) {
  if (LikeMatcher(text, pattern).run(is_match)) return true;
  return frame.fail("22025", "LIKE pattern must not end with escape character");
}

bool like_escape(Frame& frame, std::string_view pattern, std::string_view escape,
                 std::string_view& result) {
  if (escape == std::string_view(&kEscape, 1)) {
    result = pattern;
    return true;
  }
  if (!escape.empty() && character_bytes(escape, 0) != escape.size()) {
    return frame.fail("22025", "invalid escape string");
  }
  char* const start = frame.room(2 * pattern.size());
  char* end = start;
  bool is_escaped = false;
  for (std::size_t at = 0; at < pattern.size();) {
    const std::string_view character = pattern.substr(at, character_bytes(pattern, at));
    at += character.size();
    if (!is_escaped && character == escape) {
      *end++ = kEscape;
      is_escaped = true;
      continue;
    }
    if (!is_escaped && character[0] == kEscape) *end++ = kEscape;
    end += character.copy(end, character.size());
    is_escaped = false;
  }
  const auto size = static_cast<std::size_t>(end - start);
  frame.trim(2 * pattern.size() - size);
  result = {start, size};
  return true;
}

}  // namespace slotcast::sql
