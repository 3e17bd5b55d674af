#pragma once

#include <cstdint>
#include <string_view>

// PostgreSQL's interval: months, days and microseconds, none of which is made of the others.
// Source: PostgreSQL documentation, "Interval Output", style postgres.

namespace slotcast::kafka {

struct Interval {
  std::int64_t years = 0;
  std::int64_t months = 0;
  std::int64_t days = 0;
  std::int64_t micros = 0;
};

// "1 year -2 mons +3 days -04:05:06.789". False for anything else, such as an infinity.
bool read_interval(std::string_view text, Interval& interval);

// A month has 365.25 / 12 days. False when int64 does not reach that far.
bool micros_of(const Interval& interval, std::int64_t& micros);

inline constexpr int kIsoIntervalBytesMax = 96;
// "P1Y-2M3DT-4H-5M-6.789S", with every part.
char* put_iso_interval(char* at, const Interval& interval);

}  // namespace slotcast::kafka
