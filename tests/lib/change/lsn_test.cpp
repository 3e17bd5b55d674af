#include "lib/change/lsn.h"

#include <catch2/catch.hpp>
#include <ctime>

#include "lib/base/random.h"

using namespace slotcast;

TEST_CASE("lsn: is written and read as pg_lsn is", "[change]") {
  // Left and right as PostgreSQL 15 answers to: SELECT '0/0'::pg_lsn + number.
  CHECK(to_string(Lsn{0}) == "0/0");
  CHECK(to_string(Lsn{23869288}) == "0/16C3768");
  CHECK(to_string(Lsn{97500059720}) == "16/B374D848");
  CHECK(to_string(Lsn{UINT64_MAX}) == "FFFFFFFF/FFFFFFFF");
  CHECK(parse_lsn("16/b374d848") == Lsn{97500059720});
  SeededRandom random(1);
  for (int i = 0; i < 10000; ++i) {
    const Lsn lsn{random.next() >> random.next() % 64};
    CHECK(parse_lsn(to_string(lsn)) == lsn);
  }
}

TEST_CASE("lsn: what pg_lsn refuses is not an LSN", "[change]") {
  for (const char* text : {"", "/", "0", "0/", "/0", "0/0/0", "x/0", "0/G", "-1/0", "+1/0", " 0/0",
                           "0/0 ", "0x1/0", "123456789/0", "0/123456789", "000000001/0"}) {
    CAPTURE(text);
    CHECK(!parse_lsn(text));
  }
}

TEST_CASE("time: known moments have their ISO 8601 form", "[change]") {
  CHECK(to_iso8601({0}) == "2000-01-01T00:00:00.000000Z");
  CHECK(to_iso8601({-1}) == "1999-12-31T23:59:59.999999Z");
  CHECK(to_iso8601(pg_time_from_unix(0)) == "1970-01-01T00:00:00.000000Z");
  CHECK(to_iso8601(pg_time_from_unix(1709164800000000)) == "2024-02-29T00:00:00.000000Z");
  CHECK(to_iso8601(pg_time_from_unix(253402300799999999)) == "9999-12-31T23:59:59.999999Z");
  CHECK(to_iso8601(pg_time_from_unix(-62135596800000000)) == "0001-01-01T00:00:00.000000Z");
}

TEST_CASE("time: any moment of the years 1 to 9999 agrees with the C library", "[change]") {
  SeededRandom random(2);
  constexpr std::int64_t kFirst = -62135596800;  // year 1
  constexpr std::uint64_t kSeconds = 315537897600;
  for (int i = 0; i < 100000; ++i) {
    const std::time_t seconds = kFirst + static_cast<std::int64_t>(random.next() % kSeconds);
    const auto fraction = static_cast<std::int64_t>(random.next() % 1000000);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char wanted[64];
    std::snprintf(wanted, sizeof wanted, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ",
                  parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                  parts.tm_min, parts.tm_sec, static_cast<int>(fraction));
    const PgTime time = pg_time_from_unix(seconds * 1000000 + fraction);
    if (to_iso8601(time) != wanted) FAIL(to_iso8601(time) << " instead of " << wanted);
    if (unix_microseconds(time) != seconds * 1000000 + fraction) FAIL("there and back: " << wanted);
  }
}

TEST_CASE("time: what to_iso8601 writes is read, and so is what people write", "[change]") {
  const PgTime time = pg_time_from_unix(1'795'284'000'123'456);
  CHECK(parse_iso8601(to_iso8601(time)) == time);
  const auto noon = parse_iso8601("2026-11-21T12:00:00Z");
  REQUIRE(noon);
  CHECK(to_iso8601(*noon) == "2026-11-21T12:00:00.000000Z");
  for (const char* same : {"2026-11-21 12:00:00Z", "2026-11-21T12:00Z", "2026-11-21 13:00:00+01",
                           "2026-11-21 14:30:00+02:30", "2026-11-21 14:30:00+0230",
                           "2026-11-20T23:30:00-12:30", "2026-11-21T12:00:00.0000000Z"}) {
    CAPTURE(same);
    CHECK(parse_iso8601(same) == noon);
  }
  for (const char* wrong :
       {"", "2026-11-21", "2026-11-21T12:00:00", "2026-13-21T12:00:00Z", "2026-02-30T12:00:00Z",
        "2026-11-21T24:00:00Z", "2026-11-21T12:60:00Z", "2026-11-21T12:00:00Zx", "16/B374D848",
        "2026-11-21T12:00:00+1", "2026-11-21T12:00:00+16:00", "now", "2026-1-2T12:00:00Z"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_iso8601(wrong));
  }
}
