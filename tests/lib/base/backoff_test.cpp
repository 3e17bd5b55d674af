#include "lib/base/backoff.h"

#include <catch2/catch.hpp>

using namespace slotcast;
using namespace std::chrono_literals;

namespace {

class FixedRandom final : public Random {
 public:
  explicit FixedRandom(std::uint64_t value) : value_(value) {}
  std::uint64_t next() override { return value_; }

 private:
  std::uint64_t value_;
};

}  // namespace

TEST_CASE("backoff: doubles up to the most, and starts over after a success", "[base]") {
  FixedRandom none(0);
  Backoff backoff({.first = 100ms, .most = 1s});
  for (const auto wanted : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
    CHECK(backoff.next(none) == wanted);
  }
  backoff.reset();
  CHECK(backoff.next(none) == 100ms);
}

TEST_CASE("backoff: jitter adds up to a fifth and spreads those that fail together", "[base]") {
  SeededRandom random(3);
  Duration least = 1h;
  Duration greatest = 0h;
  for (int i = 0; i < 10000; ++i) {
    const Duration wait = Backoff({.first = 1s, .most = 10s}).next(random);
    least = std::min(least, wait);
    greatest = std::max(greatest, wait);
  }
  CHECK(least >= 1s);
  CHECK(least < 1010ms);
  CHECK(greatest > 1190ms);
  CHECK(greatest <= 1200ms);
}

TEST_CASE("backoff: never waits shorter than its first wait, whatever the options", "[base]") {
  FixedRandom none(0);
  Backoff always({.first = 5s, .most = 5s});
  for (int i = 0; i < 100; ++i) CHECK(always.next(none) == 5s);
  Backoff long_lived;
  for (int i = 0; i < 1000; ++i) CHECK(long_lived.next(none) <= 30s);
}
