#include "lib/sql/substring.h"

#include <algorithm>
#include <limits>

#include "lib/sql/utf8.h"

namespace slotcast::sql {
namespace {

constexpr std::uint64_t kEverything = std::numeric_limits<std::uint64_t>::max();

// Whether `set` has the character, itself one of the text.
bool has_character(std::string_view set, std::string_view character) {
  for (std::size_t at = 0; at < set.size();) {
    const std::size_t bytes = character_bytes(set, at);
    if (set.substr(at, bytes) == character) return true;
    at += bytes;
  }
  return false;
}

std::size_t count_fields(std::string_view text, std::string_view delimiter) {
  std::size_t count = 1;
  for (std::size_t at = text.find(delimiter); at != std::string_view::npos; ++count) {
    at = text.find(delimiter, at + delimiter.size());
  }
  return count;
}

// The field that so many are before; the delimiter is not empty.
std::string_view field_after(std::string_view text, std::string_view delimiter,
                             std::uint64_t before) {
  std::size_t start = 0;
  for (; before > 0; --before) {
    const std::size_t at = text.find(delimiter, start);
    if (at == std::string_view::npos) return {};
    start = at + delimiter.size();
  }
  return text.substr(start, text.find(delimiter, start) - start);
}

}  // namespace

Span span_from(std::int64_t start) {
  return {static_cast<std::uint64_t>(std::max<std::int64_t>(start, 1) - 1), kEverything};
}

bool span_of(Frame& frame, std::int64_t start, std::int64_t length, Span& span) {
  if (length < 0) return frame.fail("22011", "negative substring length not allowed");
  span = span_from(start);
  // Both came from 32 bits: their sum fits.
  const std::int64_t first = std::max<std::int64_t>(start, 1);
  span.taken = static_cast<std::uint64_t>(std::max(start + length, first) - first);
  return true;
}

std::string_view take_characters(std::string_view text, Span span) {
  text.remove_prefix(bytes_of_characters(text, span.skipped));
  return text.substr(0, bytes_of_characters(text, span.taken));
}

std::string_view left_part(std::string_view text, std::int64_t count) {
  if (count < 0) count += static_cast<std::int64_t>(count_characters(text));
  if (count <= 0) return {};
  return text.substr(0, bytes_of_characters(text, static_cast<std::uint64_t>(count)));
}

std::string_view right_part(std::string_view text, std::int64_t count) {
  const auto characters = static_cast<std::int64_t>(count_characters(text));
  const std::int64_t skipped = count < 0 ? -count : std::max<std::int64_t>(characters - count, 0);
  return text.substr(bytes_of_characters(text, static_cast<std::uint64_t>(skipped)));
}

std::string_view trim_left(std::string_view text, std::string_view set) {
  while (!text.empty()) {
    const std::size_t bytes = character_bytes(text, 0);
    if (!has_character(set, text.substr(0, bytes))) break;
    text.remove_prefix(bytes);
  }
  return text;
}

std::string_view trim_right(std::string_view text, std::string_view set) {
  while (!text.empty()) {
    std::size_t last = text.size() - 1;
    while (last > 0 && continues_character(text[last])) --last;
    if (!has_character(set, text.substr(last))) break;
    text.remove_suffix(text.size() - last);
  }
  return text;
}

bool split_part(Frame& frame, std::string_view text, std::string_view delimiter,
                std::int64_t number, std::string_view& part) {
  if (number == 0) return frame.fail("22023", "field position must not be zero");
  part = {};
  if (delimiter.empty()) {
    if (number == 1 || number == -1) part = text;
    return true;
  }
  // Counted from the left even so: "aaa" has the fields "" and "a" by "aa".
  if (number < 0) number += static_cast<std::int64_t>(count_fields(text, delimiter)) + 1;
  if (number <= 0) return true;
  part = field_after(text, delimiter, static_cast<std::uint64_t>(number - 1));
  return true;
}

}  // namespace slotcast::sql
