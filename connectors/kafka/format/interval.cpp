#include "connectors/kafka/format/interval.h"

#include <charconv>

#include "connectors/kafka/format/temporal.h"

namespace slotcast::kafka {
namespace {

// 30.4375 days
constexpr std::int64_t kMicrosPerMonth = 2'629'800 * kMicrosPerSecond;

const char* end_of(std::string_view text) {
  return text.data() + text.size();
}

// Of hours up to 2562047788.
bool take_number(std::string_view& text, std::int64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), end_of(text), value);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

// Behind the sign.
bool take_clock(std::string_view text, std::int64_t hours, std::int64_t& micros) {
  constexpr std::size_t kMinutesAndSeconds = 6;  // ":05:06"
  const auto is_digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  if (text.size() < kMinutesAndSeconds || text[0] != ':' || text[3] != ':') return false;
  if (!is_digit(1) || !is_digit(2) || !is_digit(4) || !is_digit(5)) return false;
  const int minutes = (text[1] - '0') * 10 + text[2] - '0';
  const int seconds = (text[4] - '0') * 10 + text[5] - '0';
  micros = ((hours * 60 + minutes) * 60 + seconds) * kMicrosPerSecond;
  text.remove_prefix(kMinutesAndSeconds);
  if (text.empty()) return true;
  if (text[0] != '.') return false;
  std::int64_t unit = kMicrosPerSecond / 10;
  for (std::size_t i = 1; i < text.size(); ++i, unit /= 10) {
    if (!is_digit(i) || unit == 0) return false;
    micros += unit * (text[i] - '0');
  }
  return true;
}

bool take_unit(std::string_view& text, std::int64_t value, Interval& interval) {
  const auto take = [&](std::string_view word) {
    if (!text.starts_with(word)) return false;
    text.remove_prefix(word.size());
    if (text.starts_with('s')) text.remove_prefix(1);
    return true;
  };
  if (take(" year")) {
    interval.years = value;
  } else if (take(" mon")) {
    interval.months = value;
  } else if (take(" day")) {
    interval.days = value;
  } else {
    return false;
  }
  if (text.starts_with(' ')) text.remove_prefix(1);
  return true;
}

char* put_number(char* at, std::int64_t value, char unit) {
  at = std::to_chars(at, at + 20, value).ptr;
  *at++ = unit;
  return at;
}

}  // namespace

bool read_interval(std::string_view text, Interval& interval) {
  interval = {};
  if (text.empty()) return false;
  while (!text.empty()) {
    const bool is_negative = text[0] == '-';
    if (is_negative || text[0] == '+') text.remove_prefix(1);
    std::int64_t value = 0;
    if (text.empty() || text[0] == '-' || !take_number(text, value)) return false;
    if (text.starts_with(':')) {
      if (!take_clock(text, value, interval.micros)) return false;
      if (is_negative) interval.micros = -interval.micros;
      return true;
    }
    if (!take_unit(text, is_negative ? -value : value, interval)) return false;
  }
  return true;
}

bool micros_of(const Interval& interval, std::int64_t& micros) {
  const std::int64_t months = interval.years * 12 + interval.months;
  std::int64_t days = 0;
  return !__builtin_mul_overflow(months, kMicrosPerMonth, &micros) &&
         !__builtin_mul_overflow(interval.days, kMicrosPerDay, &days) &&
         !__builtin_add_overflow(micros, days, &micros) &&
         !__builtin_add_overflow(micros, interval.micros, &micros);
}

// Each part has the sign of its own.
char* put_iso_interval(char* at, const Interval& interval) {
  const std::int64_t seconds = interval.micros / kMicrosPerSecond;
  const std::int64_t fraction = interval.micros % kMicrosPerSecond;
  *at++ = 'P';
  at = put_number(at, interval.years, 'Y');
  at = put_number(at, interval.months, 'M');
  at = put_number(at, interval.days, 'D');
  *at++ = 'T';
  at = put_number(at, seconds / 3600, 'H');
  at = put_number(at, seconds / 60 % 60, 'M');
  const std::int64_t last = seconds % 60;
  if (last == 0 && fraction < 0) *at++ = '-';
  at = std::to_chars(at, at + 20, last).ptr;
  std::int64_t rest = fraction < 0 ? -fraction : fraction;
  if (rest != 0) *at++ = '.';
  for (std::int64_t unit = kMicrosPerSecond / 10; rest != 0; unit /= 10) {
    *at++ = static_cast<char>('0' + rest / unit);
    rest %= unit;
  }
  *at++ = 'S';
  return at;
}

}  // namespace slotcast::kafka
