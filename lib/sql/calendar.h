#pragma once

#include <cstdint>

// The Gregorian calendar, reaching back before its invention, and how far PostgreSQL's dates and
// timestamps reach in it.
// Source: PostgreSQL documentation, section "Date/Time Types"; src/include/datatype/timestamp.h.

namespace slotcast::sql {

inline constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;
inline constexpr std::int64_t kMicrosecondsPerDay = 86'400 * kMicrosecondsPerSecond;

// Days since 2000-01-01.
inline constexpr std::int64_t kDateMin = -2'451'545;     // 4714-11-24 BC, Julian day 0
inline constexpr std::int64_t kDateEnd = 2'145'031'949;  // the day after 5874897-12-31
inline constexpr std::int64_t kDateInfinity = INT32_MAX;
inline constexpr std::int64_t kDateMinusInfinity = INT32_MIN;

// Microseconds since 2000-01-01.
inline constexpr std::int64_t kTimestampEndDay = 106'751'983;  // the day after 294276-12-31
inline constexpr std::int64_t kTimestampMin = kDateMin * kMicrosecondsPerDay;
inline constexpr std::int64_t kTimestampEnd = kTimestampEndDay * kMicrosecondsPerDay;
inline constexpr std::int64_t kTimestampInfinity = INT64_MAX;
inline constexpr std::int64_t kTimestampMinusInfinity = INT64_MIN;

struct CalendarDay {
  int year = 0;  // 0 is 1 BC, -1 is 2 BC
  int month = 0;
  int day = 0;
};

// Days since 2000-01-01. The month must exist, the day need not.
std::int64_t days_of(const CalendarDay& calendar_day);
CalendarDay calendar_day_of(std::int64_t days);
int days_in_month(int year, int month);

}  // namespace slotcast::sql
