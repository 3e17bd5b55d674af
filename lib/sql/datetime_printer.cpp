#include <array>
#include <charconv>
#include <cstring>

#include "lib/sql/calendar.h"
#include "lib/sql/datetime_text.h"

namespace slotcast::sql {
namespace {

// "294276-12-31 23:59:59.999999+00 BC" is shorter, and so is every other text.
constexpr std::size_t kLengthMax = 48;

// "00" to "99".
constexpr std::array<char, 200> kPairs = [] {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

class DatetimePrinter {
 public:
  explicit DatetimePrinter(Frame& frame)
      : frame_(frame), start_(frame.room(kLengthMax)), at_(start_) {}

  void put(char c) { *at_++ = c; }
  void put_pair(unsigned number) {
    std::memcpy(at_, &kPairs[2 * number], 2);
    at_ += 2;
  }

  void put_day(const CalendarDay& day) {
    auto year = static_cast<unsigned>(day.year > 0 ? day.year : 1 - day.year);
    if (year >= 10'000) {
      at_ = std::to_chars(at_, at_ + kLengthMax, year / 10'000).ptr;
      year %= 10'000;
    }
    put_pair(year / 100);
    put_pair(year % 100);
    put('-');
    put_pair(static_cast<unsigned>(day.month));
    put('-');
    put_pair(static_cast<unsigned>(day.day));
  }
  void put_utc() {
    put('+');
    put_pair(0);
  }
  void put_era(const CalendarDay& day) {
    if (day.year > 0) return;
    put(' ');
    put('B');
    put('C');
  }
  void put_time(std::int64_t microseconds) {
    const auto seconds = static_cast<unsigned>(microseconds / kMicrosecondsPerSecond);
    put_pair(seconds / 3'600);
    put(':');
    put_pair(seconds / 60 % 60);
    put(':');
    put_pair(seconds % 60);
    const auto fraction = static_cast<unsigned>(microseconds % kMicrosecondsPerSecond);
    if (fraction == 0) return;
    put('.');
    put_pair(fraction / 10'000);
    put_pair(fraction / 100 % 100);
    put_pair(fraction % 100);
    while (at_[-1] == '0') --at_;
  }

  std::string_view finish() {
    const auto length = static_cast<std::size_t>(at_ - start_);
    frame_.trim(kLengthMax - length);
    return {start_, length};
  }

 private:
  Frame& frame_;
  char* start_;
  char* at_;
};

std::string_view print_instant(Frame& frame, std::int64_t instant, bool is_zoned) {
  if (instant == kTimestampInfinity) return "infinity";
  if (instant == kTimestampMinusInfinity) return "-infinity";
  std::int64_t days = instant / kMicrosecondsPerDay;
  std::int64_t microseconds = instant % kMicrosecondsPerDay;
  if (microseconds < 0) {
    microseconds += kMicrosecondsPerDay;
    --days;
  }
  const CalendarDay day = calendar_day_of(days);
  DatetimePrinter printer(frame);
  printer.put_day(day);
  printer.put(' ');
  printer.put_time(microseconds);
  if (is_zoned) printer.put_utc();
  printer.put_era(day);
  return printer.finish();
}

}  // namespace

bool print_date(Frame& frame, const Value& value, std::string_view& text) {
  if (value.integer == kDateInfinity || value.integer == kDateMinusInfinity) {
    text = value.integer == kDateInfinity ? "infinity" : "-infinity";
    return true;
  }
  const CalendarDay day = calendar_day_of(value.integer);
  DatetimePrinter printer(frame);
  printer.put_day(day);
  printer.put_era(day);
  text = printer.finish();
  return true;
}

bool print_time(Frame& frame, const Value& value, std::string_view& text) {
  DatetimePrinter printer(frame);
  printer.put_time(value.integer);
  text = printer.finish();
  return true;
}

bool print_timestamp(Frame& frame, const Value& value, std::string_view& text) {
  text = print_instant(frame, value.integer, false);
  return true;
}

bool print_timestamptz(Frame& frame, const Value& value, std::string_view& text) {
  text = print_instant(frame, value.integer, true);
  return true;
}

}  // namespace slotcast::sql
