#pragma once

#include <cstdint>
#include <string_view>

// The ways of ISO 8601 to write a date or a time, as far as PostgreSQL reads them, and the words
// and eras that PostgreSQL adds: "2026-11-21 05:40:12.5+00", "20261121T054012Z", "0044-03-15 BC",
// "-infinity", "epoch". The server takes very much more; none of that is guessed at.
// Source: PostgreSQL documentation, appendix "Date/Time Input Interpretation".

namespace slotcast::sql {

// What a text says. Whether a type reaches that far is not told here.
struct WrittenDatetime {
  enum class Form : std::uint8_t { Finite, Infinity, MinusInfinity };

  Form form = Form::Finite;
  std::int64_t days = 0;          // since 2000-01-01
  std::int64_t microseconds = 0;  // of the day; 24:00:00 is a whole day
  int zone_seconds = 0;           // east of UTC
};

enum class Refusal : std::uint8_t {
  None,
  Syntax,       // the server refuses it as well
  Field,        // so does it: there is no month 13
  Zone,         // so does it: no zone is 16 hours away
  Unsupported,  // the server might take it
};

// A date, with or without a time and a zone.
Refusal read_written_datetime(std::string_view text, WrittenDatetime& written);
// A time of day, without a date; a zone says nothing.
Refusal read_written_time(std::string_view text, std::int64_t& microseconds);

}  // namespace slotcast::sql
