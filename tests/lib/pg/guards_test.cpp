#include "lib/pg/guards.h"

#include <catch2/catch.hpp>

using namespace slotcast;
using namespace slotcast::pg;
using Reason = GuardFailure::Reason;

namespace {

constexpr Lsn kDurable{0x5000};

// A server, a slot and a memory that fit together; each test spoils one thing.
struct Scene {
  ServerFacts facts;
  SourceMemory memory{"7001", 3, "shop", "slotcast_shop", {0x1000}};

  Scene() {
    facts.system_identifier = "7001";
    facts.timeline = 3;
    facts.flush = {0x9000};
    facts.version = 150018;
    facts.database = "shop";
    facts.slot = SlotFacts{};
    facts.slot->plugin = "pgoutput";
    facts.slot->database = "shop";
    facts.slot->confirmed = {0x4000};
    facts.slot->restart = {0x3000};
    facts.slot->wal_status = "reserved";
  }

  std::optional<GuardFailure> check(Lsn durable = kDurable) const {
    return find_guard_failure(facts, memory, durable);
  }
  std::optional<Reason> reason(Lsn durable = kDurable) const {
    const auto found = check(durable);
    return found ? std::optional(found->reason) : std::nullopt;
  }
};

}  // namespace

TEST_CASE("guards: a server and a memory that fit let the stream start", "[pg]") {
  CHECK_FALSE(Scene().check().has_value());
}

TEST_CASE("guards: another cluster, database or slot's database is refused", "[pg]") {
  Scene cluster;
  cluster.facts.system_identifier = "7002";
  CHECK(cluster.reason() == Reason::OtherCluster);
  Scene database;
  database.facts.database = "stock";
  database.facts.slot->database = "stock";
  CHECK(database.reason() == Reason::OtherDatabase);
  Scene slot;
  slot.facts.slot->database = "stock";
  CHECK(slot.reason() == Reason::OtherDatabase);
}

TEST_CASE("guards: a missing, foreign or unsafe slot is refused", "[pg]") {
  Scene missing;
  missing.facts.slot.reset();
  CHECK(missing.reason() == Reason::SlotMissing);
  Scene plugin;
  plugin.facts.slot->plugin = "wal2json";
  CHECK(plugin.reason() == Reason::SlotUnusable);
  Scene temporary;
  temporary.facts.slot->temporary = true;
  CHECK(temporary.reason() == Reason::SlotUnusable);
  Scene two_phase;
  two_phase.facts.slot->two_phase = true;
  CHECK(two_phase.reason() == Reason::SlotUnusable);
}

TEST_CASE("guards: a slot that lost its WAL is refused, one that is about to is not", "[pg]") {
  Scene lost;
  lost.facts.slot->wal_status = "lost";
  CHECK(lost.reason() == Reason::SlotInvalidated);
  Scene invalidated;
  invalidated.facts.slot->invalidation = "idle_timeout";
  CHECK(invalidated.reason() == Reason::SlotInvalidated);
  CHECK(invalidated.check()->what.find("idle_timeout") != std::string::npos);
  for (const char* status : {"reserved", "extended", "unreserved"}) {
    Scene scene;
    scene.facts.slot->wal_status = status;
    CHECK_FALSE(scene.check().has_value());
  }
}

// The server skips what committed before its confirmed position, so equal is whole and one more
// byte is a gap; and it skips without a word what commits before a start position ahead of it.
TEST_CASE("guards: the log may be from the confirmed position to the end of WAL", "[pg]") {
  Scene scene;
  const Lsn confirmed = scene.facts.slot->confirmed;
  const Lsn flush = scene.facts.flush;
  CHECK_FALSE(scene.check(confirmed).has_value());
  CHECK(scene.reason({confirmed.value - 1}) == Reason::SlotAdvanced);
  CHECK_FALSE(scene.check({confirmed.value + 1}).has_value());
  CHECK_FALSE(scene.check({flush.value - 1}).has_value());
  CHECK_FALSE(scene.check(flush).has_value());
  CHECK(scene.reason({flush.value + 1}) == Reason::ServerBehind);
}

TEST_CASE("guards: only the gap can be accepted, and it is named with both ends", "[pg]") {
  const Scene scene;
  const auto gap = scene.check({0x3FFF});
  REQUIRE(gap.has_value());
  CHECK(gap->can_accept);
  CHECK(gap->gap_from == Lsn{0x3FFF});
  CHECK(gap->gap_to == Lsn{0x4000});
  CHECK(gap->what.find("0/3FFF") != std::string::npos);
  CHECK(gap->what.find("0/4000") != std::string::npos);
  CHECK(gap->what.find("--accept-gap") != std::string::npos);
  CHECK_FALSE(scene.check({0x9001})->can_accept);
  Scene missing;
  missing.facts.slot.reset();
  CHECK_FALSE(missing.check()->can_accept);
}

TEST_CASE("guards: a promotion behind our position goes on, one before it does not", "[pg]") {
  Scene promoted;
  promoted.facts.timeline = 5;
  promoted.facts.history = {{2, {0x800}}, {3, {0x5000}}, {4, {0x6000}}};
  CHECK_FALSE(promoted.check({0x5000}).has_value());
  CHECK_FALSE(promoted.check({0x4FFF}).has_value());
  CHECK(promoted.reason({0x5001}) == Reason::OtherTimeline);
}

TEST_CASE("guards: a history without our timeline, or an older one, is refused", "[pg]") {
  Scene strange;
  strange.facts.timeline = 5;
  strange.facts.history = {{2, {0x800}}, {4, {0x6000}}};
  CHECK(strange.reason() == Reason::OtherTimeline);
  Scene older;
  older.facts.timeline = 2;
  older.facts.history = {{1, {0x800}}};
  CHECK(older.reason() == Reason::OtherTimeline);
}
