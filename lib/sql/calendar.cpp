#include "lib/sql/calendar.h"

#include <array>

namespace slotcast::sql {
namespace {

// Here a year begins in March, so that a leap day is its last and months have a simple rhythm: five
// of them have 153 days. The calendar repeats itself after 400 years.
constexpr int kYearsPerCycle = 400;
constexpr std::int64_t kDaysPerCycle = 146'097;
constexpr int kDaysPerCentury = 36'524;
constexpr int kDaysPerFourYears = 1'461;
constexpr int kCyclesTo2000 = 5;
constexpr int kMarch2000 = 60;  // days since 2000-01-01

std::int64_t floor_divide(std::int64_t dividend, std::int64_t divisor) {
  return dividend / divisor - (dividend % divisor < 0 ? 1 : 0);
}

constexpr int days_before_year(int year_of_cycle) {
  return year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100;
}

// Of months since March.
constexpr int days_before_month(int month) {
  return (153 * month + 2) / 5;
}

bool is_leap_year(int year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

}  // namespace

std::int64_t days_of(const CalendarDay& calendar_day) {
  const int year = calendar_day.year - (calendar_day.month < 3 ? 1 : 0);
  const int month = calendar_day.month + (calendar_day.month < 3 ? 9 : -3);
  const std::int64_t cycle = floor_divide(year, kYearsPerCycle);
  const int year_of_cycle = static_cast<int>(year - cycle * kYearsPerCycle);
  return (cycle - kCyclesTo2000) * kDaysPerCycle + kMarch2000 + days_before_year(year_of_cycle) +
         days_before_month(month) + calendar_day.day - 1;
}

CalendarDay calendar_day_of(std::int64_t days) {
  const std::int64_t since_march = days - kMarch2000;
  const std::int64_t cycle = floor_divide(since_march, kDaysPerCycle);
  const int day_of_cycle = static_cast<int>(since_march - cycle * kDaysPerCycle);
  // Without its leap days a cycle is made of years of the same length.
  const int leap_days = day_of_cycle / (kDaysPerFourYears - 1) - day_of_cycle / kDaysPerCentury +
                        day_of_cycle / static_cast<int>(kDaysPerCycle - 1);
  const int year_of_cycle = (day_of_cycle - leap_days) / 365;
  const int day_of_year = day_of_cycle - days_before_year(year_of_cycle);
  const int month = (5 * day_of_year + 2) / 153;
  const auto year = static_cast<int>((cycle + kCyclesTo2000) * kYearsPerCycle) + year_of_cycle;
  return {year + (month < 10 ? 0 : 1), month + (month < 10 ? 3 : -9),
          day_of_year - days_before_month(month) + 1};
}

int days_in_month(int year, int month) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kDays[static_cast<std::size_t>(month - 1)] + (month == 2 && is_leap_year(year) ? 1 : 0);
}

}  // namespace slotcast::sql
