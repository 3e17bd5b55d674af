#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "lib/sql/characters.h"
#include "lib/sql/float_text.h"
#include "lib/sql/number_error.h"

namespace slotcast::sql {
namespace {

// False for whatever is not plainly a number in range: strtod() then has the last word.
template <class Float>
bool read_plain(std::string_view text, Float& result) {
  const bool has_sign = !text.empty() && (text.front() == '-' || text.front() == '+');
  const std::string_view digits = text.substr(has_sign ? 1 : 0);
  if (digits.empty() || !(is_digit(digits.front()) || digits.front() == '.')) return false;
  if (text.front() == '+') text = digits;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result);
  return error == std::errc{} && end == text.data() + text.size();
}

float convert(const char* text, char** end, float) {
  return std::strtof(text, end);
}
double convert(const char* text, char** end, double) {
  return std::strtod(text, end);
}

// What of the text the server shows when the number is out of range.
std::string_view shown(std::string_view text, std::string_view, float) {
  return text;
}
std::string_view shown(std::string_view, std::string_view number, double) {
  return number;
}

template <class Float>
bool read_any(Frame& frame, Kind kind, std::string_view text, Float& result) {
  const std::string_view number = without_leading_spaces(text);
  char* const room = frame.room(number.size() + 1);
  if (!number.empty()) std::memcpy(room, number.data(), number.size());
  room[number.size()] = '\0';
  char* end = room;
  errno = 0;
  result = convert(room, &end, Float{});
  if (end == room) return invalid_input(frame, kind, text);
  const std::string_view taken = number.substr(0, static_cast<std::size_t>(end - room));
  // Denormal numbers are told by ERANGE too, and are welcome.
  if (errno == ERANGE && (result == 0 || std::isinf(result))) {
    return frame.fail(kNumericValueOutOfRange, "\"" + std::string(shown(text, taken, Float{})) +
                                                   "\" is out of range for type " +
                                                   std::string(name_of(kind)));
  }
  if (!without_leading_spaces(number.substr(taken.size())).empty()) {
    return invalid_input(frame, kind, text);
  }
  return true;
}

}  // namespace

bool read_float(Frame& frame, std::string_view text, float& result) {
  return read_plain(without_spaces_around(text), result) ||
         read_any(frame, Kind::Float4, text, result);
}

bool read_float(Frame& frame, std::string_view text, double& result) {
  return read_plain(without_spaces_around(text), result) ||
         read_any(frame, Kind::Float8, text, result);
}

}  // namespace slotcast::sql
