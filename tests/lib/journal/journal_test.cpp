// Goal:   what a call called durable is there after any crash, and damage is never read as history.
// Method: a journal on a disk that records its calls; cuts, flips and threads.
#include "lib/journal/journal.h"

#include <catch2/catch.hpp>
#include <thread>

#include "lib/base/random.h"
#include "tests/support/power_disk.h"

using namespace slotcast;
using namespace slotcast::test;
using journal::Checkpoint;
using journal::Intent;
using journal::Journal;

namespace {

Intent intent_of(std::uint64_t batch, std::size_t token_bytes = 0) {
  Intent intent;
  intent.batch = batch;
  intent.generation = 7;
  intent.first = {batch * 10};
  intent.after = {{batch * 10 + 10}, {batch * 100}, {static_cast<std::int64_t>(batch)}};
  intent.token = "token " + std::string(token_bytes + batch % 50, 'x') + std::to_string(batch);
  return intent;
}

struct Promise {
  std::size_t calls;
  std::uint64_t batch;  // its intent is durable
};

// Batches of one branch, as a branch notes them: intent, then an unsynced checkpoint.
std::vector<Promise> write_batches(PowerDisk& disk, std::uint64_t batches,
                                   std::size_t token_bytes = 0) {
  auto journal = Journal::open(disk, 2048 + 8 * token_bytes).value();
  std::vector<Promise> promises;
  for (std::uint64_t batch = 1; batch <= batches; ++batch) {
    REQUIRE(journal->note_intent("lake", intent_of(batch, token_bytes)).ok());
    promises.push_back({disk.calls(), batch});
    REQUIRE(journal->note_checkpoint("lake", intent_of(batch).after, false).ok());
  }
  return promises;
}

// The newest batch the journal knows of: of the pending intent, or settled by the checkpoint.
std::uint64_t newest_batch(const Journal& journal) {
  const auto state = journal.state("lake");
  if (!state) return 0;
  return state->intent ? state->intent->batch : state->batches;
}

}  // namespace

TEST_CASE("journal: what is noted is found again, over many switches of the halves", "[journal]") {
  PowerDisk disk;
  write_batches(disk, 200);
  const auto journal = Journal::open(disk).value();
  const auto state = journal->state("lake");
  REQUIRE(state.has_value());
  // The last checkpoint was not waited for: a crash may find its intent instead.
  REQUIRE(state->intent.has_value());
  CHECK(state->intent->batch == 200);
  CHECK(state->intent->token == intent_of(200).token);
  CHECK(state->intent->after.next == intent_of(200).after.next);
  CHECK(state->batches == 199);
  CHECK(state->checkpoint.next == intent_of(199).after.next);
  CHECK_FALSE(journal->state("other").has_value());
}

TEST_CASE("journal: an intent that was noted survives every power cut", "[power][journal]") {
  PowerDisk disk;
  const auto promises = write_batches(disk, 40);
  for (std::uint64_t seed = 0; seed < 1'500; ++seed) {
    SeededRandom random(seed);
    const std::size_t calls = random.next() % (disk.calls() + 1);
    PowerDisk after(disk.cut(calls, random));
    std::uint64_t promised = 0;
    for (const Promise& promise : promises) {
      if (promise.calls <= calls) promised = promise.batch;
    }
    INFO("seed " << seed << ", cut after " << calls << " calls");
    const auto journal = Journal::open(after, 2048);
    INFO((journal.ok() ? "" : journal.error().what));
    REQUIRE(journal.ok());
    CHECK(newest_batch(*journal.value()) >= promised);
    CHECK(newest_batch(*journal.value()) <= promised + 1);
  }
}

// A snapshot of several sectors that is torn over what its half held before damages only what the
// other half has replaced.
TEST_CASE("journal: a power cut while a half begins anew is no damage", "[power][journal]") {
  PowerDisk disk;
  const auto promises = write_batches(disk, 20, 600);
  for (std::size_t calls = promises.front().calls; calls <= disk.calls(); ++calls) {
    std::uint64_t promised = 0;
    for (const Promise& promise : promises) {
      if (promise.calls <= calls) promised = promise.batch;
    }
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      SeededRandom random(seed);
      PowerDisk after(disk.cut(calls, random));
      INFO("seed " << seed << ", cut after " << calls << " calls");
      const auto journal = Journal::open(after, 2048);
      INFO((journal.ok() ? "" : journal.error().what));
      REQUIRE(journal.ok());
      CHECK(newest_batch(*journal.value()) >= promised);
    }
  }
}

TEST_CASE("journal: a flipped byte is damage, or takes the last record only", "[journal]") {
  PowerDisk disk;
  write_batches(disk, 12);
  const Image image = disk.now();
  std::size_t found = 0;
  for (const char* name : {"journal.0", "journal.1"}) {
    for (std::uint64_t offset = 0; offset < disk.bytes(name).size(); ++offset) {
      Image damaged = image;
      damaged.flip(name, offset, static_cast<int>(offset % 8));
      PowerDisk after(damaged);
      const auto journal = Journal::open(after, 2048);
      INFO(name << " byte " << offset);
      if (!journal.ok()) {
        ++found;
        CHECK(journal.error().kind == ErrorKind::Corrupt);
      } else {
        CHECK(newest_batch(*journal.value()) >= 11);
      }
    }
  }
  CHECK(found > 100);
}

TEST_CASE("journal: threads that wait share the disk, and each finds its own", "[journal]") {
  PowerDisk disk;
  {
    auto journal = Journal::open(disk).value();
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&journal, i] {
        const std::string branch = "b" + std::to_string(i);
        for (std::uint64_t batch = 1; batch <= 50; ++batch) {
          if (!journal->note_intent(branch, intent_of(batch)).ok()) std::abort();
          if (!journal->note_checkpoint(branch, intent_of(batch).after, batch == 50).ok()) {
            std::abort();
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  const auto journal = Journal::open(disk).value();
  for (int i = 0; i < 8; ++i) {
    const auto state = journal->state("b" + std::to_string(i));
    REQUIRE(state.has_value());
    CHECK(state->batches == 50);
    CHECK_FALSE(state->intent.has_value());
  }
  CHECK(journal->claim() == intent_of(50).after.next);
}

TEST_CASE("journal: the claim is the lowest durable checkpoint", "[journal]") {
  PowerDisk disk;
  auto journal = Journal::open(disk).value();
  CHECK(journal->claim().value == UINT64_MAX);
  REQUIRE(journal->note_checkpoint("a", {{10}, {}, {}}, true).ok());
  REQUIRE(journal->note_checkpoint("b", {{20}, {}, {}}, true).ok());
  REQUIRE(journal->note_checkpoint("a", {{30}, {}, {}}, false).ok());
  CHECK(journal->claim() == Sequence{10});  // not durable yet: a crash would read from 10 again
  REQUIRE(journal->note_checkpoint("b", {{21}, {}, {}}, true).ok());
  CHECK(journal->claim() == Sequence{21});
  REQUIRE(journal->forget("b").ok());
  CHECK(journal->claim() == Sequence{30});
}

TEST_CASE("journal: a failed sync is final", "[journal]") {
  PowerDisk disk;
  auto journal = Journal::open(disk).value();
  disk.fail_next_sync();
  CHECK_FALSE(journal->note_checkpoint("a", {{10}, {}, {}}, true).ok());
  CHECK_FALSE(journal->note_checkpoint("a", {{10}, {}, {}}, true).ok());
  CHECK_FALSE(journal->note_checkpoint("a", {{10}, {}, {}}, false).ok());
}

TEST_CASE("journal: a branch's mode stays, and a detached one claims nothing", "[journal]") {
  PowerDisk disk;
  {
    const auto journal = Journal::open(disk, 2048).value();
    for (const char* branch : {"a", "b", "c"}) {
      REQUIRE(journal->note_checkpoint(branch, {{10}, {}, {}}, true).ok());
    }
    REQUIRE(journal->note_checkpoint("c", {{30}, {}, {}}, true).ok());
    REQUIRE(journal->note_intent("a", intent_of(4)).ok());
    REQUIRE(journal->note_mode("a", journal::Mode::Detached).ok());
    REQUIRE(journal->note_mode("b", journal::Mode::Paused).ok());
    CHECK(journal->claim() == Sequence{10});
    REQUIRE(journal->note_checkpoint("b", {{40}, {}, {}}, true).ok());
    CHECK(journal->claim() == Sequence{30});
  }
  // Twice: the first opening rewrites what it found as a snapshot.
  for (int i = 0; i < 2; ++i) {
    const auto journal = Journal::open(disk, 2048).value();
    CHECK(journal->state("a")->mode == journal::Mode::Detached);
    CHECK(journal->state("a")->intent.has_value());
    CHECK(journal->state("b")->mode == journal::Mode::Paused);
    CHECK(journal->state("c")->mode == journal::Mode::Running);
    CHECK_FALSE(journal->state("c")->intent.has_value());
    CHECK(journal->claim() == Sequence{30});
  }
}
