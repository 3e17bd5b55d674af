#pragma once

#include <cstdint>
#include <string_view>

namespace slotcast::sql {

// What the C locale calls space, digit and letter.
inline bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
inline char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
inline bool is_letter(char c) {
  return to_lower(c) >= 'a' && to_lower(c) <= 'z';
}

// Takes a text apart from its left end.
class DatetimeScanner {
 public:
  struct Number {
    int value = 0;  // of no meaning beyond kDigitsMax
    int digits = 0;
  };
  static constexpr int kDigitsMax = 9;

  explicit DatetimeScanner(std::string_view text)
      : at_(text.data()), end_(text.data() + text.size()) {}

  bool is_at_end() const { return at_ == end_; }
  bool is_at(char c) const { return at_ != end_ && *at_ == c; }
  bool is_at_digit() const { return at_ != end_ && is_digit(*at_); }
  const char* position() const { return at_; }

  bool take(char c) {
    if (!is_at(c)) return false;
    ++at_;
    return true;
  }
  bool take_spaces() {
    const char* before = at_;
    while (at_ != end_ && is_space(*at_)) ++at_;
    return at_ != before;
  }
  // All digits that follow.
  Number take_number() {
    const char* before = at_;
    unsigned value = 0;
    for (; is_at_digit(); ++at_) value = value * 10 + static_cast<unsigned>(*at_ - '0');
    const auto digits = at_ - before;
    return {static_cast<int>(value), digits > INT32_MAX ? INT32_MAX : static_cast<int>(digits)};
  }
  // `word` in lower case; takes nothing when the text goes on with a letter.
  bool take_word(std::string_view word) {
    const char* at = at_;
    for (const char letter : word) {
      if (at == end_ || to_lower(*at) != letter) return false;
      ++at;
    }
    if (at != end_ && is_letter(*at)) return false;
    at_ = at;
    return true;
  }

 private:
  const char* at_;
  const char* end_;
};

}  // namespace slotcast::sql
