#include "connectors/stage/strftime.h"

#include <catch2/catch.hpp>
#include <ctime>

#include "lib/base/random.h"

using namespace slotcast;

namespace {

// What the C library says in the C locale, which the test program never leaves.
std::string by_the_c_library(char directive, WallTime instant) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(instant.time_since_epoch()).count();
  if (directive == 's') return std::to_string(seconds);
  std::tm fields{};
  REQUIRE(gmtime_r(&seconds, &fields) != nullptr);
  const char format[] = {'%', directive, '\0'};
  char text[64];
  return {text, std::strftime(text, sizeof text, format, &fields)};
}

WallTime at(std::int64_t seconds) {
  return WallTime(std::chrono::seconds(seconds));
}

constexpr std::string_view kDirectives = "YymdHIMSpjAaBbFTs";

void check_alike(WallTime instant) {
  for (const char directive : kDirectives) {
    if (stage::format_time(directive, instant) == by_the_c_library(directive, instant)) continue;
    CAPTURE(directive, instant.time_since_epoch().count());
    CHECK(stage::format_time(directive, instant) == by_the_c_library(directive, instant));
  }
}

}  // namespace

TEST_CASE("strftime: every directive agrees with the C library, each day of 400 years", "[stage]") {
  // 1970..2370: a whole turn of the Gregorian calendar, at another time of the day each day.
  for (std::int64_t day = 0; day < 146'097; ++day) check_alike(at(day * 86'400 + day % 86'400));
}

TEST_CASE("strftime: every second of two days agrees, noon and midnight included", "[stage]") {
  for (std::int64_t second = 0; second < 2 * 86'400; ++second) {
    check_alike(at(1'795'219'200 + second));
  }
}

TEST_CASE("strftime: a fraction of a second never rounds up", "[stage]") {
  const WallTime instant = at(1'795'219'199) + std::chrono::microseconds(999'999);
  check_alike(instant);
  CHECK(stage::format_time('T', instant) == "23:59:59");
}

TEST_CASE("strftime: these letters are directives and no others", "[stage]") {
  for (int c = 1; c < 256; ++c) {
    const char letter = static_cast<char>(c);
    CHECK(stage::is_time_directive(letter) == (kDirectives.find(letter) != std::string_view::npos));
  }
  CHECK_FALSE(stage::is_time_directive('\0'));
}
