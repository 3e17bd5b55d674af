#include <array>
#include <charconv>
#include <cmath>

#include "lib/sql/datetime_fields.h"
#include "lib/sql/datetime_scanner.h"

namespace slotcast::sql {
namespace {

// The server has a limit too, of 128 characters.
constexpr int kFractionDigitsMax = 30;

// YYYY-MM-DD, where years have up to 7 digits, months and days 1 or 2; or YYYYMMDD.
bool read_day(DatetimeScanner& scanner, CalendarDay& day) {
  const auto year = scanner.take_number();
  if (year.digits == 8 && !scanner.is_at('-')) {
    day = {year.value / 10'000, year.value / 100 % 100, year.value % 100};
    return true;
  }
  // Fewer digits might be a month or a year of this century.
  if (year.digits < 4 || year.digits > 7 || !scanner.take('-')) return false;
  const auto month = scanner.take_number();
  if (month.digits < 1 || month.digits > 2 || !scanner.take('-')) return false;
  const auto number = scanner.take_number();
  day = {year.value, month.value, number.value};
  return number.digits == 1 || number.digits == 2;
}

// More digits than a microsecond has are rounded as the server does it: in binary.
bool read_fraction(DatetimeScanner& scanner, TimeFields& time) {
  constexpr std::array<int, 7> kScale = {1'000'000, 100'000, 10'000, 1'000, 100, 10, 1};
  const char* point = scanner.position();
  time.has_fraction = scanner.take('.');
  if (!time.has_fraction) return true;
  const auto number = scanner.take_number();
  if (number.digits < 1 || number.digits > kFractionDigitsMax) return false;
  if (number.digits <= 6) {
    time.microsecond = number.value * kScale[static_cast<std::size_t>(number.digits)];
    return true;
  }
  double fraction = 0;
  std::from_chars(point, scanner.position(), fraction);
  time.microsecond = static_cast<int>(std::rint(fraction * kMicrosecondsPerSecond));
  return true;
}

// HH:MM[:SS[.f…]] or HHMMSS[.f…].
bool read_clock(DatetimeScanner& scanner, TimeFields& time) {
  const auto hour = scanner.take_number();
  time.is_compact = hour.digits == 6;
  if (time.is_compact) {
    time.hour = hour.value / 10'000;
    time.minute = hour.value / 100 % 100;
    time.second = hour.value % 100;
    return !scanner.is_at(':') && read_fraction(scanner, time);
  }
  if (hour.digits < 1 || hour.digits > 2 || !scanner.take(':')) return false;
  const auto minute = scanner.take_number();
  if (minute.digits < 1 || minute.digits > 2) return false;
  time.hour = hour.value;
  time.minute = minute.value;
  if (!scanner.take(':')) return true;
  const auto second = scanner.take_number();
  time.second = second.value;
  return second.digits >= 1 && second.digits <= 2 && read_fraction(scanner, time);
}

// +HH, +HHMM, +HH:MM or +HH:MM:SS after the sign.
bool read_offset(DatetimeScanner& scanner, ZoneFields& zone) {
  const auto hours = scanner.take_number();
  zone.hours = hours.value;
  if (hours.digits == 4) {
    zone.hours = hours.value / 100;
    zone.minutes = hours.value % 100;
    return true;
  }
  if (hours.digits != 2) return false;
  if (!scanner.take(':')) return true;
  const auto minutes = scanner.take_number();
  zone.minutes = minutes.value;
  if (minutes.digits != 2) return false;
  if (!scanner.take(':')) return true;
  const auto seconds = scanner.take_number();
  zone.seconds = seconds.value;
  return seconds.digits == 2;
}

// None is UTC.
bool read_zone(DatetimeScanner& scanner, const TimeFields& time, ZoneFields& zone) {
  const bool is_apart = scanner.take_spaces();
  zone.is_west = scanner.is_at('-');
  if (zone.is_west && time.is_compact && !time.has_fraction && !is_apart) {
    return false;  // the server takes it for a date first
  }
  if (scanner.take('+') || scanner.take('-')) return read_offset(scanner, zone);
  return scanner.take_word("z") || scanner.take_word("utc") || scanner.take_word("gmt") || true;
}

// Nothing but an era may be left.
bool read_era(DatetimeScanner& scanner, bool& is_before_christ) {
  scanner.take_spaces();
  is_before_christ = scanner.take_word("bc");
  if (!is_before_christ) scanner.take_word("ad");
  return scanner.is_at_end();
}

// After a T there must be a time; after spaces there may be an era.
bool take_separator(DatetimeScanner& scanner) {
  if (scanner.take('T') || scanner.take('t')) return true;
  return scanner.take_spaces() && scanner.is_at_digit();
}

}  // namespace

bool read_iso_fields(std::string_view text, DatetimeFields& fields) {
  DatetimeScanner scanner(text);
  if (!read_day(scanner, fields.day)) return false;
  if (take_separator(scanner)) {
    if (!read_clock(scanner, fields.time)) return false;
    if (!read_zone(scanner, fields.time, fields.zone)) return false;
  }
  return read_era(scanner, fields.is_before_christ);
}

bool read_iso_time(std::string_view text, TimeFields& time, ZoneFields& zone) {
  DatetimeScanner scanner(text);
  return read_clock(scanner, time) && read_zone(scanner, time, zone) && scanner.is_at_end();
}

}  // namespace slotcast::sql
