// Goal:   a sink that is set back gets exactly what committed from the moment on that was named.
// Method: a log of many segments; every LSN around every transaction's end, each looked for, and
//         what a branch delivers from there held against the script.
#include "lib/branch/place.h"

#include <catch2/catch.hpp>

#include "tests/support/branch_source.h"
#include "tests/support/recording_sink.h"

using namespace slotcast;
using namespace slotcast::test;

namespace {

constexpr const char* kSink = "far";

std::vector<std::string> delivered_from(BranchSource& source, const journal::Checkpoint& place,
                                        Lsn until) {
  REQUIRE(source.journal().note_checkpoint(kSink, place, true).ok());
  const auto side = std::make_shared<RecordedSide>();
  source.make_branch(kSink, "public.*", std::make_unique<RecordingSink>(side, Fault{}), until)
      ->run();
  return side->rows();
}

}  // namespace

TEST_CASE("place: of every LSN it is the last one before what is wanted", "[branch]") {
  const Script script = script_of(60);
  BranchSource source(script, 8 * 1024);
  REQUIRE(source.log().segments().all().size() >= 2);
  const auto find = [&](Lsn lsn) {
    return branch::find_place(source.log(), source.log().tail(), {lsn, std::nullopt});
  };
  for (std::size_t i = 0; i + 1 < script.transactions.size(); ++i) {
    const Lsn end = script.transactions[i].end_lsn;
    Script behind = script;
    behind.transactions.erase(behind.transactions.begin(),
                              behind.transactions.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    for (const std::uint64_t more : {0u, 1u}) {
      const auto place = find({end.value + more});
      REQUIRE(place.ok());
      CHECK(place.value().lsn == end);
      if (i % 10 == 0) {
        CHECK(delivered_from(source, place.value(), script.end()) == expected_of(behind));
      }
    }
    const auto before = find({end.value - 1});
    if (before.ok()) CHECK(before.value().lsn < end);
  }
  const auto last = find({script.end().value + 1000});
  REQUIRE(last.ok());
  CHECK(last.value().next == source.log().tail().durable().record + 1);
}

TEST_CASE("place: what the log does not have is refused, with how far it goes back", "[branch]") {
  const Script script = script_of(20);
  BranchSource source(script, 64 * 1024);
  const auto place = branch::find_place(source.log(), source.log().tail(),
                                        {Lsn{script.start.value - 1}, std::nullopt});
  REQUIRE_FALSE(place.ok());
  CHECK(place.error().kind == ErrorKind::Invalid);
  CHECK(place.error().what.find(to_string(script.start)) != std::string::npos);
  // Before the first transaction of a log that is whole there is nothing to miss.
  const auto early = branch::find_place(source.log(), source.log().tail(),
                                        {std::nullopt, PgTime{-1'000'000'000'000'000}});
  REQUIRE(early.ok());
  CHECK(delivered_from(source, early.value(), script.end()) == expected_of(script));
}
