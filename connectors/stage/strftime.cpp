#include "connectors/stage/strftime.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <string_view>

namespace slotcast::stage {
namespace {

constexpr std::string_view kDirectives = "YymdHIMSpjAaBbFTs";
constexpr std::array<const char*, 7> kDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                           "Thursday", "Friday", "Saturday"};
constexpr std::array<const char*, 12> kMonths{"January",   "February", "March",    "April",
                                              "May",       "June",     "July",     "August",
                                              "September", "October",  "November", "December"};

std::string digits(long value, int width) {
  char text[32];
  std::snprintf(text, sizeof text, "%0*ld", width, value);
  return text;
}

}  // namespace

bool is_time_directive(char directive) {
  return kDirectives.find(directive) != std::string::npos;
}

std::string format_time(char directive, WallTime instant) {
  using namespace std::chrono;
  const auto day = floor<days>(instant);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<seconds>(instant - day)};
  const auto hour = clock.hours().count();
  const auto month = static_cast<unsigned>(date.month());
  const std::string day_name = kDays[weekday{day}.c_encoding()];
  const std::string month_name = kMonths[month - 1];
  const int year = static_cast<int>(date.year());
  switch (directive) {
    case 'Y':
      return digits(year, 4);
    case 'y':
      return digits(year % 100, 2);
    case 'm':
      return digits(month, 2);
    case 'd':
      return digits(static_cast<unsigned>(date.day()), 2);
    case 'H':
      return digits(hour, 2);
    case 'I':
      return digits((hour + 11) % 12 + 1, 2);
    case 'M':
      return digits(clock.minutes().count(), 2);
    case 'S':
      return digits(clock.seconds().count(), 2);
    case 'p':
      return hour < 12 ? "AM" : "PM";
    case 'j':
      return digits((day - sys_days{date.year() / January / 1}).count() + 1, 3);
    case 'A':
      return day_name;
    case 'a':
      return day_name.substr(0, 3);
    case 'B':
      return month_name;
    case 'b':
      return month_name.substr(0, 3);
    case 'F':
      return format_time('Y', instant) + "-" + digits(month, 2) + "-" +
             digits(static_cast<unsigned>(date.day()), 2);
    case 'T':
      return digits(hour, 2) + ":" + digits(clock.minutes().count(), 2) + ":" +
             digits(clock.seconds().count(), 2);
    default:
      return std::to_string(floor<seconds>(instant.time_since_epoch()).count());
  }
}

}  // namespace slotcast::stage
