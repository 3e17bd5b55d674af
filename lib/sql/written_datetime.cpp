#include "lib/sql/written_datetime.h"

#include <algorithm>
#include <array>
#include <string>

#include "lib/sql/datetime_fields.h"
#include "lib/sql/datetime_scanner.h"

namespace slotcast::sql {
namespace {

// Source: PostgreSQL, src/include/datatype/timestamp.h (MAX_TZDISP_HOUR).
constexpr int kZoneHoursMax = 15;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// What is left to say of a text that does not follow the grammar. Without a digit only these words
// can make a value; 'now' and its like are not constant.
Refusal refusal_of(std::string_view text) {
  constexpr std::array<std::string_view, 7> kWords = {"allballs", "epoch",    "infinity", "now",
                                                      "today",    "tomorrow", "yesterday"};
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), to_lower);
  const bool is_possible = std::any_of(lower.begin(), lower.end(), is_digit) ||
                           std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
                             return lower.find(word) != std::string::npos;
                           });
  return is_possible ? Refusal::Unsupported : Refusal::Syntax;
}

Refusal microseconds_of(const TimeFields& time, std::int64_t& microseconds) {
  const std::int64_t seconds = (time.hour * 60 + time.minute) * 60 + time.second;
  microseconds = seconds * kMicrosecondsPerSecond + time.microsecond;
  const bool is_in_range = time.hour <= 24 && time.minute <= 59 && time.second <= 60 &&
                           microseconds <= kMicrosecondsPerDay;
  if (is_in_range) return Refusal::None;
  // The server carries a compact time that runs over into the next day.
  return time.is_compact ? Refusal::Unsupported : Refusal::Field;
}

Refusal seconds_of(const ZoneFields& zone, int& seconds) {
  if (zone.hours > kZoneHoursMax || zone.minutes > 59 || zone.seconds > 59) return Refusal::Zone;
  seconds = (zone.hours * 60 + zone.minutes) * 60 + zone.seconds;
  if (zone.is_west) seconds = -seconds;
  return Refusal::None;
}

// There is no year 0: 1 AD follows 1 BC.
Refusal days_of(CalendarDay day, bool is_before_christ, std::int64_t& days) {
  if (day.year < 1) return Refusal::Field;
  if (is_before_christ) day.year = 1 - day.year;
  if (day.month < 1 || day.month > 12 || day.day < 1) return Refusal::Field;
  if (day.day > days_in_month(day.year, day.month)) return Refusal::Field;
  days = sql::days_of(day);
  return Refusal::None;
}

bool read_word(std::string_view text, WrittenDatetime& written) {
  constexpr std::int64_t kUnixEpoch = -10'957;  // 1970-01-01
  DatetimeScanner scanner(text);
  if (scanner.take('-')) {
    written.form = WrittenDatetime::Form::MinusInfinity;
    return scanner.take_word("infinity") && scanner.is_at_end();
  }
  if (scanner.take_word("infinity")) {
    written.form = WrittenDatetime::Form::Infinity;
    return scanner.is_at_end();
  }
  written.days = kUnixEpoch;
  return scanner.take_word("epoch") && scanner.is_at_end();
}

Refusal read_finite(std::string_view text, WrittenDatetime& written) {
  DatetimeFields fields;
  if (!read_printed_fields(text, fields)) {
    fields = {};
    if (!read_iso_fields(text, fields)) return Refusal::Unsupported;
  }
  // In the order in which the server finds out.
  Refusal refusal = microseconds_of(fields.time, written.microseconds);
  if (refusal == Refusal::None) refusal = seconds_of(fields.zone, written.zone_seconds);
  if (refusal != Refusal::None) return refusal;
  return days_of(fields.day, fields.is_before_christ, written.days);
}

}  // namespace

Refusal read_written_datetime(std::string_view text, WrittenDatetime& written) {
  text = trimmed(text);
  if (!text.empty() && is_digit(text.front())) return read_finite(text, written);
  return read_word(text, written) ? Refusal::None : refusal_of(text);
}

Refusal read_written_time(std::string_view text, std::int64_t& microseconds) {
  text = trimmed(text);
  TimeFields time;
  ZoneFields zone;
  if (!read_iso_time(text, time, zone)) return refusal_of(text);
  int zone_seconds = 0;
  const Refusal refusal = microseconds_of(time, microseconds);
  return refusal != Refusal::None ? refusal : seconds_of(zone, zone_seconds);
}

}  // namespace slotcast::sql
