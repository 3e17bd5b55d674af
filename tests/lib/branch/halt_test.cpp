// Goal:   a branch that is paused, held, or set back by an operator delivers each row once and in
//         order all the same, wherever it was when it was told.
// Method: branches in their own threads, a log that grows beside them, told at random moments.
#include <catch2/catch.hpp>
#include <thread>

#include "tests/support/branch_source.h"
#include "tests/support/recording_sink.h"

using namespace slotcast;
using namespace slotcast::test;
using branch::State;

namespace {

constexpr const char* kSink = "far";

bool wait_for(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000 && !condition(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return condition();
}

// Its first part is in the log, the rest comes while the branches run.
struct Growing {
  Growing(const Script& all, std::size_t at_once) : script(all), rest(all) {
    script.transactions.resize(at_once);
    rest.transactions.erase(rest.transactions.begin(),
                            rest.transactions.begin() + static_cast<std::ptrdiff_t>(at_once));
  }
  Script script, rest;
};

}  // namespace

TEST_CASE("branch: paused and resumed at any time, it delivers each row once", "[branch]") {
  const Script script = script_of(400);
  Growing growing(script, 50);
  BranchSource source(growing.script, 16 * 1024);
  source.limits = {7, 1 << 20, std::chrono::milliseconds(2)};
  source.begin_branch(kSink);
  const auto side = std::make_shared<RecordedSide>();
  const auto branch = source.make_branch(
      kSink, "public.*",
      std::make_unique<RecordingSink>(side, Fault{40, ErrorKind::Transient, true}), {});
  branch->start();
  SeededRandom random(3);
  for (const ScriptTransaction& transaction : growing.rest.transactions) {
    source.add(transaction);
    if (random.next() % 4 == 0) source.sync();
    if (random.next() % 10 == 0) {
      branch->halt(journal::Mode::Paused);
      if (random.next() % 2 == 0) {
        source.sync();
        REQUIRE(wait_for([&] { return branch->finished(); }));
        CHECK(branch->status().state == State::Paused);
        const std::size_t rows = side->rows().size();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        REQUIRE(side->rows().size() == rows);
      }
      branch->resume();
    }
  }
  source.sync();
  branch->finish_at(script.end());
  REQUIRE(wait_for([&] { return branch->finished(); }));
  CHECK(branch->status().state == State::Stopped);
  branch->join();
  CHECK(side->rows() == expected_of(script));
}

TEST_CASE("branch: what had stopped it may be mended and it goes on", "[branch]") {
  const Script script = script_of(30);
  BranchSource source(script, 64 * 1024);
  source.begin_branch(kSink);
  const auto side = std::make_shared<RecordedSide>();
  const auto branch = source.make_branch(
      kSink, "public.*", std::make_unique<RecordingSink>(side, Fault{12, ErrorKind::Invalid, true}),
      script.end());
  branch->start();
  REQUIRE(wait_for([&] { return branch->finished(); }));
  REQUIRE(branch->status().state == State::Failed);
  branch->resume();
  REQUIRE(wait_for([&] { return branch->status().state == State::Stopped; }));
  branch->join();
  CHECK(side->rows() == expected_of(script));
}

TEST_CASE("branch: a mode that the journal has is kept when it starts", "[branch]") {
  const Script script = script_of(5);
  BranchSource source(script, 64 * 1024);
  source.begin_branch(kSink);
  REQUIRE(source.journal().note_mode(kSink, journal::Mode::Detached).ok());
  const auto side = std::make_shared<RecordedSide>();
  const auto branch = source.make_branch(
      kSink, "public.*", std::make_unique<RecordingSink>(side, Fault{}), script.end());
  branch->start();
  REQUIRE(wait_for([&] { return branch->finished(); }));
  CHECK(branch->status().state == State::Detached);
  branch->stop();
  branch->join();
  CHECK(side->rows().empty());
}

TEST_CASE("branch: those that are held stand at one place, and go on from there", "[branch]") {
  const Script script = script_of(300);
  Growing growing(script, 100);
  BranchSource source(growing.script, 16 * 1024);
  std::vector<std::shared_ptr<RecordedSide>> sides;
  std::vector<std::unique_ptr<branch::Branch>> branches;
  for (const std::uint64_t rows_max : {1u, 9u, 1000u}) {
    source.limits = {rows_max, 1 << 20, std::chrono::hours(1)};
    const std::string name = "far" + std::to_string(rows_max);
    source.begin_branch(name);
    sides.push_back(std::make_shared<RecordedSide>());
    branches.push_back(source.make_branch(
        name, "public.*", std::make_unique<RecordingSink>(sides.back(), Fault{}), {}));
  }
  const Lsn place = growing.script.transactions[60].end_lsn;
  for (const auto& branch : branches) branch->hold_at(place);
  for (const auto& branch : branches) branch->start();
  for (const ScriptTransaction& transaction : growing.rest.transactions) source.add(transaction);
  source.sync();
  Script before = script;
  before.transactions.resize(61);
  for (std::size_t i = 0; i < branches.size(); ++i) {
    REQUIRE(wait_for([&] { return static_cast<bool>(branches[i]->held_at()); }));
    CHECK(branches[i]->held_at() == place);
    CHECK(sides[i]->rows() == expected_of(before));
  }
  for (const auto& branch : branches) branch->hold_at({});
  for (const auto& branch : branches) branch->finish_at(script.end());
  for (const auto& branch : branches) branch->join();
  for (const auto& side : sides) CHECK(side->rows() == expected_of(script));
}

TEST_CASE("branch: set back in the journal, it delivers again from there", "[branch]") {
  const Script script = script_of(80);
  BranchSource source(script, 16 * 1024);
  source.limits = {1, 1 << 20, std::chrono::hours(1)};
  source.begin_branch(kSink);
  const auto side = std::make_shared<RecordedSide>();
  const auto branch =
      source.make_branch(kSink, "public.*", std::make_unique<RecordingSink>(side, Fault{}), {});
  branch->hold_at(script.transactions[30].end_lsn);
  branch->start();
  REQUIRE(wait_for([&] { return static_cast<bool>(branch->held_at()); }));
  const auto place = source.journal().state(kSink)->checkpoint;
  branch->hold_at({});
  branch->finish_at(script.end());
  REQUIRE(wait_for([&] { return branch->finished(); }));
  branch->join();

  REQUIRE(source.journal().note_checkpoint(kSink, place, true).ok());
  const auto again = source.make_branch(
      kSink, "public.*", std::make_unique<RecordingSink>(side, Fault{}), script.end());
  again->run();
  auto expected = expected_of(script);
  Script behind = script;
  behind.transactions.erase(behind.transactions.begin(), behind.transactions.begin() + 31);
  for (const std::string& row : expected_of(behind)) expected.push_back(row);
  CHECK(side->rows() == expected);
}
