#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace slotcast {

// A position in PostgreSQL's write-ahead log. 0 means "none" (InvalidXLogRecPtr).
// Text form as pg_lsn prints it: "16/B374D848".
struct Lsn {
  std::uint64_t value = 0;
  auto operator<=>(const Lsn&) const = default;
  explicit operator bool() const { return value != 0; }
};

std::string to_string(Lsn lsn);
// Nothing when `text` is not an LSN.
std::optional<Lsn> parse_lsn(std::string_view text);

// A record's number in our own durable log: from 1, without holes, independent of the server.
// Cursors, intents, checkpoints and retention use it. 0 means "before everything".
struct Sequence {
  std::uint64_t value = 0;
  auto operator<=>(const Sequence&) const = default;
};

inline Sequence operator+(Sequence sequence, std::uint64_t records) {
  return {sequence.value + records};
}
inline std::string to_string(Sequence sequence) {
  return std::to_string(sequence.value);
}

// Microseconds since 2000-01-01 00:00 UTC, as PostgreSQL sends times.
struct PgTime {
  std::int64_t microseconds = 0;
  auto operator<=>(const PgTime&) const = default;
};

// "2026-11-21T05:40:12.123456Z"
std::string to_iso8601(PgTime time);
// The same, also with a space for the T, without a fraction, or with an offset for the Z ("+02:00",
// "+02"). Nothing for anything else: a time without its zone is none.
std::optional<PgTime> parse_iso8601(std::string_view text);
// Writes the same 27 characters to `out` (years 1..9999; PostgreSQL's commit times are within).
inline constexpr std::size_t kIso8601Length = 27;
void write_iso8601(PgTime time, char* out);
// Microseconds since 1970-01-01 UTC.
std::int64_t unix_microseconds(PgTime time);
PgTime pg_time_from_unix(std::int64_t unix_microseconds);

}  // namespace slotcast
