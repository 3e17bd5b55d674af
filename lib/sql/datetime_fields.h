#pragma once

#include <string_view>

#include "lib/sql/calendar.h"

// The numbers that a date or a time is written with, as they stand there: whether there is such a
// month or hour is not asked yet. False: the text is written another way.

namespace slotcast::sql {

struct TimeFields {
  int hour = 0;
  int minute = 0;
  int second = 0;
  int microsecond = 0;  // 1,000,000 when it was rounded up
  bool is_compact = false;
  bool has_fraction = false;
};

struct ZoneFields {
  int hours = 0;
  int minutes = 0;
  int seconds = 0;
  bool is_west = false;
};

struct DatetimeFields {
  CalendarDay day;  // of the era
  TimeFields time;
  ZoneFields zone;
  bool is_before_christ = false;
};

// What PostgreSQL prints: "2026-11-21", with "05:40:12", ".5", "+00". Eras and longer years have
// other places for their digits, and are left to read_iso_fields().
bool read_printed_fields(std::string_view text, DatetimeFields& fields);

// All that ISO 8601 and PostgreSQL have in common, without space around it.
bool read_iso_fields(std::string_view text, DatetimeFields& fields);
bool read_iso_time(std::string_view text, TimeFields& time, ZoneFields& zone);

}  // namespace slotcast::sql
