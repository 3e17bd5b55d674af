#pragma once

#include <cstdint>
#include <string_view>

// Dates and times as PostgreSQL prints them (DateStyle ISO), and as ISO 8601 writes them.
// Source: PostgreSQL documentation, "Date/Time Types"; src/backend/utils/adt/datetime.c.

namespace slotcast::kafka {

inline constexpr std::int64_t kMicrosPerSecond = 1'000'000;
inline constexpr std::int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

// A date, a timestamp or a time of day.
struct Moment {
  enum class Form : std::uint8_t { Finite, Infinity, MinusInfinity };

  Form form = Form::Finite;
  std::int64_t days = 0;    // since 1970-01-01
  std::int64_t micros = 0;  // of the day; 24:00:00 is a whole one
  int zone_seconds = 0;     // east of UTC
};

// "2026-11-21", "0044-03-15 BC", "infinity", "2026-11-21 05:40:12.5", the same with "+00", "-03:30"
// or "+01:02:03". False for anything else.
bool read_date(std::string_view text, Moment& moment);
bool read_timestamp(std::string_view text, Moment& moment);
// "05:40:12.5", also with a zone.
bool read_time(std::string_view text, Moment& moment);

// In UTC, within the days that PostgreSQL has.
void to_utc(Moment& timestamp);
// Since 1970; false when int64 does not reach that far. What is finer than a millisecond is left
// out, towards the past.
bool micros_of(const Moment& timestamp, std::int64_t& micros);
std::int64_t millis_of(const Moment& timestamp);

// Room that the longest text takes.
inline constexpr int kIsoBytesMax = 48;
// "2026-11-21"; "-0043-03-15" is in 44 BC, "+12026-11-21" in the year 12026.
char* put_iso_date(char* at, std::int64_t days);
// A timestamp without reading it: the usual ones differ by a letter. Null for one that is before
// Christ, has more digits of a year or another zone than UTC.
char* put_iso_timestamp(char* at, std::string_view text, int digits);
// "05:40:12", with as many digits behind it as are asked for; up to 6 are written over.
char* put_iso_time(char* at, std::int64_t micros, int digits);
// The digits that are needed: none for a whole second.
int digits_of_fraction(std::int64_t micros);

}  // namespace slotcast::kafka
