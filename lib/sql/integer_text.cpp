#include "lib/sql/integer_text.h"

#include <charconv>
#include <limits>

#include "lib/sql/characters.h"
#include "lib/sql/number_error.h"

namespace slotcast::sql {
namespace {

bool beyond(Frame& frame, Kind kind, std::string_view text) {
  return frame.fail(
      kNumericValueOutOfRange,
      "value \"" + std::string(text) + "\" is out of range for type " + std::string(name_of(kind)));
}

// As the server prints most: digits that fit, and nothing else.
template <class Integer>
bool read_plain(std::string_view text, Integer& value) {
  if (text.empty() || text.size() > std::numeric_limits<Integer>::digits10) return false;
  std::uint64_t sum = 0;
  for (const char c : text) {
    const unsigned digit = static_cast<unsigned char>(c) - unsigned{'0'};
    if (digit > 9) return false;
    sum = sum * 10 + digit;
  }
  value = static_cast<Integer>(sum);
  return true;
}

// Counts downwards, since there is one negative number more. As in the server, too many digits are
// an error before anything that follows them is.
template <class Integer>
bool read_integer(Frame& frame, Kind kind, std::string_view text, Value& result) {
  Integer value = 0;
  if (read_plain(text, value)) {
    result = Value::of_integer(value);
    return true;
  }
  std::string_view rest = without_leading_spaces(text);
  const bool is_negative = !rest.empty() && rest.front() == '-';
  if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) rest.remove_prefix(1);
  if (rest.empty() || !is_digit(rest.front())) return invalid_input(frame, kind, text);
  std::size_t at = 0;
  for (; at < rest.size() && is_digit(rest[at]); ++at) {
    if (__builtin_mul_overflow(value, 10, &value) ||
        __builtin_sub_overflow(value, rest[at] - '0', &value)) {
      return beyond(frame, kind, text);
    }
  }
  if (!without_leading_spaces(rest.substr(at)).empty()) return invalid_input(frame, kind, text);
  if (!is_negative) {
    if (value == std::numeric_limits<Integer>::min()) return beyond(frame, kind, text);
    value = static_cast<Integer>(-value);
  }
  result = Value::of_integer(value);
  return true;
}

bool is_beginning_of(std::string_view word, std::string_view text, std::size_t size_min) {
  return text.size() >= size_min && text.size() <= word.size() &&
         begins_with_word(text, word.substr(0, text.size()));
}

}  // namespace

bool read_int2(Frame& frame, const Value* text, Value& result) {
  return read_integer<std::int16_t>(frame, Kind::Int2, text->text, result);
}

bool read_int4(Frame& frame, const Value* text, Value& result) {
  return read_integer<std::int32_t>(frame, Kind::Int4, text->text, result);
}

bool read_int8(Frame& frame, const Value* text, Value& result) {
  return read_integer<std::int64_t>(frame, Kind::Int8, text->text, result);
}

bool read_bool(Frame& frame, const Value* text, Value& result) {
  if (text->text == "t" || text->text == "f") {  // as the server prints it
    result = Value::of_bool(text->text.front() == 't');
    return true;
  }
  const std::string_view word = without_spaces_around(text->text);
  const bool is_true = is_beginning_of("true", word, 1) || is_beginning_of("yes", word, 1) ||
                       is_beginning_of("on", word, 2) || word == "1";
  const bool is_false = is_beginning_of("false", word, 1) || is_beginning_of("no", word, 1) ||
                        is_beginning_of("off", word, 2) || word == "0";
  if (!is_true && !is_false) return invalid_input(frame, Kind::Bool, text->text);
  result = Value::of_bool(is_true);
  return true;
}

bool print_integer(Frame& frame, const Value& value, std::string_view& text) {
  constexpr std::size_t kSizeMax = 20;  // of -2^63
  char* at = frame.room(kSizeMax);
  const auto size =
      static_cast<std::size_t>(std::to_chars(at, at + kSizeMax, value.integer).ptr - at);
  frame.trim(kSizeMax - size);
  text = {at, size};
  return true;
}

bool print_bool(Frame&, const Value& value, std::string_view& text) {
  text = value.integer != 0 ? "t" : "f";
  return true;
}

}  // namespace slotcast::sql
