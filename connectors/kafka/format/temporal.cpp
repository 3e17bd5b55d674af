#include "connectors/kafka/format/temporal.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace slotcast::kafka {
namespace {

// Takes a text apart from the left. After the first thing that is missing ok() is false.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool ok() const { return ok_; }
  bool is_at_end() const { return at_ == end_; }
  bool take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) { ok_ &= take(c); }
  int two_digits() {
    if (end_ - at_ < 2) return fail();
    const int value = digit(at_[0]) * 10 + digit(at_[1]);
    at_ += 2;
    return value;
  }
  // At least `least` digits.
  std::int64_t number(int least) {
    constexpr int kMost = 9;
    std::int64_t value = 0;
    int count = 0;
    for (; at_ != end_ && *at_ >= '0' && *at_ <= '9'; ++count) value = value * 10 + (*at_++ - '0');
    if (count < least || count > kMost) return fail();
    return value;
  }
  std::int64_t fraction() {
    std::int64_t micros = 0;
    std::int64_t unit = kMicrosPerSecond / 10;
    for (; at_ != end_ && *at_ >= '0' && *at_ <= '9'; ++at_, unit /= 10) {
      micros += unit * (*at_ - '0');
    }
    return micros;
  }
  bool take_last(std::string_view word) {
    if (std::string_view(at_, static_cast<std::size_t>(end_ - at_)) != word) return false;
    at_ = end_;
    return true;
  }

 private:
  int fail() {
    ok_ = false;
    return 0;
  }
  int digit(char c) {
    const int value = c - '0';
    ok_ &= value >= 0 && value <= 9;
    return value;
  }

  const char* at_;
  const char* end_;
  bool ok_ = true;
};

struct Day {
  std::int64_t year = 0;
  int month = 0;
  int day = 0;
};

// Years begin in March here: a leap day is the last one of its year, and months follow a rhythm of
// 153 days for five. The calendar repeats itself after 400 years.
constexpr std::int64_t kDaysPerCycle = 146'097;
constexpr std::int64_t kDaysTo1970 = 719'468;  // since 0000-03-01

constexpr std::int64_t floor_divide(std::int64_t dividend, std::int64_t divisor) {
  return dividend / divisor - (dividend % divisor < 0 ? 1 : 0);
}

std::int64_t days_of(const Day& day) {
  const std::int64_t year = day.year - (day.month <= 2 ? 1 : 0);
  const std::int64_t cycle = floor_divide(year, 400);
  const std::int64_t year_of_cycle = year - cycle * 400;
  const int month = day.month + (day.month > 2 ? -3 : 9);
  const std::int64_t day_of_year = (153 * month + 2) / 5 + day.day - 1;
  return cycle * kDaysPerCycle + year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 +
         day_of_year - kDaysTo1970;
}

Day day_of(std::int64_t days) {
  const std::int64_t since = days + kDaysTo1970;
  const std::int64_t cycle = floor_divide(since, kDaysPerCycle);
  const std::int64_t day = since - cycle * kDaysPerCycle;
  const std::int64_t year = (day - day / 1'460 + day / 36'524 - day / 146'096) / 365;
  const auto day_of_year = static_cast<int>(day - (365 * year + year / 4 - year / 100));
  const int month = (5 * day_of_year + 2) / 153;
  return {year + cycle * 400 + (month >= 10 ? 1 : 0), month + (month < 10 ? 3 : -9),
          day_of_year - (153 * month + 2) / 5 + 1};
}

Day scan_day(Scanner& in) {
  Day day;
  day.year = in.number(4);
  in.expect('-');
  day.month = in.two_digits();
  in.expect('-');
  day.day = in.two_digits();
  return day;
}

// There is no year 0: 1 BC is before 1 AD.
bool take_days(Scanner& in, Day day, Moment& moment) {
  if (in.take_last(" BC")) day.year = 1 - day.year;
  moment.days = days_of(day);
  return in.ok() && in.is_at_end() && day.month >= 1 && day.month <= 12;
}

std::int64_t scan_clock(Scanner& in) {
  const int hour = in.two_digits();
  in.expect(':');
  const int minute = in.two_digits();
  in.expect(':');
  const int second = in.two_digits();
  const std::int64_t fraction = in.take('.') ? in.fraction() : 0;
  return ((hour * 60 + minute) * 60 + second) * kMicrosPerSecond + fraction;
}

int scan_zone(Scanner& in) {
  const bool is_west = in.take('-');
  if (!is_west && !in.take('+')) return 0;
  int seconds = in.two_digits() * 3600;
  if (in.take(':')) seconds += in.two_digits() * 60;
  if (in.take(':')) seconds += in.two_digits();
  return is_west ? -seconds : seconds;
}

bool take_infinity(std::string_view text, Moment& moment) {
  moment = {};
  if (text == "infinity") {
    moment.form = Moment::Form::Infinity;
  } else if (text == "-infinity") {
    moment.form = Moment::Form::MinusInfinity;
  }
  return moment.form != Moment::Form::Finite;
}

// Digits at places known beforehand; whether all were digits is asked once.
class Places {
 public:
  explicit Places(const char* text) : text_(text) {}

  bool are_right() const { return are_right_; }
  void expect(std::size_t place, char c) { are_right_ &= text_[place] == c; }
  int pair(std::size_t place) { return digit(place) * 10 + digit(place + 1); }
  int digit(std::size_t place) {
    const auto value = static_cast<unsigned>(text_[place] - '0');
    are_right_ &= value <= 9;
    return static_cast<int>(value);
  }

 private:
  const char* text_;
  bool are_right_ = true;
};

constexpr std::size_t kDayBytes = 10;     // "2026-11-21"
constexpr std::size_t kSecondBytes = 19;  // "2026-11-21 05:40:12"

// Of the usual timestamp, in an era and a year as now, and in UTC if it has a zone; false for any
// other.
bool read_usual_timestamp(std::string_view text, Moment& moment) {
  if (text.ends_with("+00")) text.remove_suffix(3);
  if (text.size() < kSecondBytes || text.size() > kSecondBytes + 7) return false;
  Places places(text.data());
  for (const std::size_t dash : {4u, 7u}) places.expect(dash, '-');
  for (const std::size_t colon : {13u, 16u}) places.expect(colon, ':');
  places.expect(kDayBytes, ' ');
  const Day day{places.pair(0) * 100 + places.pair(2), places.pair(5), places.pair(8)};
  const int seconds = (places.pair(11) * 60 + places.pair(14)) * 60 + places.pair(17);
  int fraction = 0;
  if (text.size() > kSecondBytes) {
    places.expect(kSecondBytes, '.');
    for (std::size_t i = kSecondBytes + 1; i < kSecondBytes + 7; ++i) {
      fraction = fraction * 10 + (i < text.size() ? places.digit(i) : 0);
    }
  }
  if (!places.are_right() || text.size() == kSecondBytes + 1) return false;
  moment = {};
  moment.days = days_of(day);
  moment.micros = seconds * kMicrosPerSecond + fraction;
  return true;
}

char* put_two(char* at, int value) {
  at[0] = static_cast<char>('0' + value / 10);
  at[1] = static_cast<char>('0' + value % 10);
  return at + 2;
}

char* put_year(char* at, std::int64_t year) {
  if (year < 0) *at++ = '-';
  if (year > 9999) *at++ = '+';
  const auto absolute = static_cast<int>(std::abs(year));
  if (absolute > 9999) return std::to_chars(at, at + 10, absolute).ptr;
  return put_two(put_two(at, absolute / 100), absolute % 100);
}

}  // namespace

bool read_date(std::string_view text, Moment& moment) {
  if (take_infinity(text, moment)) return true;
  Scanner in(text);
  const Day day = scan_day(in);
  return take_days(in, day, moment);
}

bool read_timestamp(std::string_view text, Moment& moment) {
  if (read_usual_timestamp(text, moment)) return true;
  if (take_infinity(text, moment)) return true;
  Scanner in(text);
  const Day day = scan_day(in);
  in.expect(' ');
  moment.micros = scan_clock(in);
  moment.zone_seconds = scan_zone(in);
  return take_days(in, day, moment);
}

bool read_time(std::string_view text, Moment& moment) {
  moment = {};
  Scanner in(text);
  moment.micros = scan_clock(in);
  moment.zone_seconds = scan_zone(in);
  return in.ok() && in.is_at_end();
}

void to_utc(Moment& timestamp) {
  const std::int64_t micros = timestamp.micros - timestamp.zone_seconds * kMicrosPerSecond;
  const std::int64_t days = floor_divide(micros, kMicrosPerDay);
  timestamp.days += days;
  timestamp.micros = micros - days * kMicrosPerDay;
  timestamp.zone_seconds = 0;
}

bool micros_of(const Moment& timestamp, std::int64_t& micros) {
  return !__builtin_mul_overflow(timestamp.days, kMicrosPerDay, &micros) &&
         !__builtin_add_overflow(micros, timestamp.micros, &micros);
}

std::int64_t millis_of(const Moment& timestamp) {
  return timestamp.days * (kMicrosPerDay / 1000) + floor_divide(timestamp.micros, 1000);
}

char* put_iso_date(char* at, std::int64_t days) {
  const Day day = day_of(days);
  at = put_year(at, day.year);
  *at++ = '-';
  at = put_two(at, day.month);
  *at++ = '-';
  return put_two(at, day.day);
}

char* put_iso_time(char* at, std::int64_t micros, int digits) {
  const auto seconds = static_cast<int>(micros / kMicrosPerSecond);
  at = put_two(at, seconds / 3600);
  *at++ = ':';
  at = put_two(at, seconds / 60 % 60);
  *at++ = ':';
  at = put_two(at, seconds % 60);
  if (digits == 0) return at;
  *at++ = '.';
  const auto fraction = static_cast<int>(micros % kMicrosPerSecond);
  put_two(put_two(put_two(at, fraction / 10'000), fraction / 100 % 100), fraction % 100);
  return at + digits;
}

char* put_iso_timestamp(char* at, std::string_view text, int digits) {
  if (text.ends_with("+00")) text.remove_suffix(3);
  const bool is_usual = text.size() >= kSecondBytes && text.size() <= kSecondBytes + 7 &&
                        text[4] == '-' && text[kDayBytes] == ' ';
  if (!is_usual || (text.size() > kSecondBytes && text[kSecondBytes] != '.')) return nullptr;
  std::memcpy(at, text.data(), kSecondBytes);
  at[kDayBytes] = 'T';
  at += kSecondBytes;
  *at = '.';
  const std::string_view fraction = text.substr(std::min(kSecondBytes + 1, text.size()));
  bool are_digits = true;  // and not another zone
  for (std::size_t i = 0; i < 6; ++i) {
    const char digit = i < fraction.size() ? fraction[i] : '0';
    are_digits &= digit >= '0' && digit <= '9';
    at[i + 1] = digit;
  }
  if (!are_digits) return nullptr;
  return digits == 0 ? at : at + 1 + digits;
}

int digits_of_fraction(std::int64_t micros) {
  auto fraction = static_cast<int>(micros % kMicrosPerSecond);
  if (fraction == 0) return 0;
  int digits = 6;
  for (; fraction % 10 == 0; fraction /= 10) --digits;
  return digits;
}

}  // namespace slotcast::kafka
