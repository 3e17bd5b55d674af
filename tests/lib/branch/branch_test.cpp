// Goal:   each row of the log reaches the sink once and in order, whichever call of the sink fails
//         and whichever side dies; a branch that has nothing to do holds nothing back.
// Method: a scripted log, a real journal, and a sink in memory that fails at each of its calls in
//         turn, before or after the call took effect.
#include "lib/branch/branch.h"

#include <catch2/catch.hpp>

#include "lib/pgoutput/message.h"
#include "tests/support/branch_source.h"
#include "tests/support/manual_clock.h"
#include "tests/support/recording_sink.h"

using namespace slotcast;
using namespace slotcast::test;

namespace {

constexpr const char* kSink = "far";

}  // namespace

TEST_CASE("branch: an error at any sink call that passes delivers each row once", "[branch]") {
  const Script script = script_of(12);
  for (const bool takes_effect : {false, true}) {
    bool over = false;
    for (std::size_t call = 0; !over; ++call) {
      INFO("call " << call << (takes_effect ? ", answer lost" : ", request lost"));
      BranchSource source(script, 64 * 1024);
      source.begin_branch(kSink);
      const auto side = std::make_shared<RecordedSide>();
      const auto branch = source.make_branch(
          kSink, "public.*",
          std::make_unique<RecordingSink>(side, Fault{call, ErrorKind::Transient, takes_effect}),
          script.end());
      branch->run();
      const branch::BranchStatus status = branch->status();
      REQUIRE(status.state == branch::State::Stopped);
      REQUIRE(side->rows() == expected_of(script));
      REQUIRE(side->prepared.empty());
      over = status.last_error.empty() && call > 20;
    }
  }
}

TEST_CASE("branch: a batch that the far side gives up is built again", "[branch]") {
  const Script script = script_of(12);
  std::uint64_t retries = 0;
  for (std::size_t call = 0; call < 60; ++call) {
    INFO("before call " << call);
    BranchSource source(script, 64 * 1024);
    source.begin_branch(kSink);
    const auto side = std::make_shared<RecordedSide>();
    const Fault fault{call, ErrorKind::Transient, false, /*gives_up=*/true};
    const auto branch = source.make_branch(
        kSink, "public.*", std::make_unique<RecordingSink>(side, fault), script.end());
    branch->run();
    REQUIRE(branch->status().state == branch::State::Stopped);
    REQUIRE(side->rows() == expected_of(script));
    retries += branch->status().retries;
  }
  CHECK(retries > 0);
}

TEST_CASE("branch: a process that ends at any sink call is continued by the next", "[branch]") {
  const Script script = script_of(12);
  for (const bool takes_effect : {false, true}) {
    bool over = false;
    for (std::size_t call = 0; !over; ++call) {
      INFO("call " << call << (takes_effect ? ", after it" : ", before it"));
      BranchSource source(script, 64 * 1024);
      source.begin_branch(kSink);
      const auto side = std::make_shared<RecordedSide>();
      for (const std::size_t fault : {call, call / 2, SIZE_MAX}) {
        const auto branch = source.make_branch(
            kSink, "public.*",
            std::make_unique<RecordingSink>(side, Fault{fault, ErrorKind::Invalid, takes_effect}),
            script.end());
        branch->run();
        over = fault == call && branch->status().state == branch::State::Stopped && call > 20;
        if (fault == SIZE_MAX) REQUIRE(branch->status().state == branch::State::Stopped);
        if (over) break;
      }
      REQUIRE(side->rows() == expected_of(script));
    }
  }
}

TEST_CASE("branch: four that share decoded blocks deliver what one does", "[branch]") {
  const Script script = script_of(150);
  BranchSource source(script, 8 * 1024);
  REQUIRE(source.log().segments().all().size() >= 3);
  std::vector<std::shared_ptr<RecordedSide>> sides;
  std::vector<std::unique_ptr<branch::Branch>> branches;
  for (int i = 0; i < 4; ++i) {
    const std::string name = "far" + std::to_string(i);
    source.begin_branch(name);
    sides.push_back(std::make_shared<RecordedSide>());
    branches.push_back(source.make_branch(
        name, "public.*", std::make_unique<RecordingSink>(sides.back(), Fault{}), script.end()));
  }
  for (const auto& branch : branches) branch->start();
  for (const auto& branch : branches) branch->join();
  const auto expected = expected_of(script);
  for (const auto& side : sides) CHECK(side->rows() == expected);
}

TEST_CASE("branch: one that gets no row lets go of the log all the same", "[branch]") {
  const Script script = script_of(150);
  BranchSource source(script, 8 * 1024);
  source.begin_branch(kSink);
  CHECK(source.journal().claim() == Sequence{1});
  const auto side = std::make_shared<RecordedSide>();
  const auto branch = source.make_branch(kSink, "public.nobody",
                                         std::make_unique<RecordingSink>(side, Fault{}), {});
  branch->start();
  const Sequence end = source.log().tail().durable().record + 1;
  for (int i = 0; i < 500 && source.journal().claim() < end; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  CHECK(source.journal().claim() == end);
  branch->stop();
  branch->join();
  CHECK(side->order.empty());
  CHECK(branch->status().delivered == script.end());
}

TEST_CASE("branch: a batch built again ends where its intent says", "[branch]") {
  const Script script = script_of(6);
  Script first = script, rest = script;
  first.transactions.resize(2);
  rest.transactions.erase(rest.transactions.begin(), rest.transactions.begin() + 2);
  BranchSource source(first, 64 * 1024);
  // The batch had been closed while the source was quiet: its end is behind a position record.
  REQUIRE(source.log().writer().append_position({first.end().value + 8}).ok());
  source.sync();
  const Sequence end = source.log().tail().durable().record + 1;
  for (const ScriptTransaction& transaction : rest.transactions) source.add(transaction);
  source.sync();
  source.begin_branch(kSink);
  journal::Intent intent;
  intent.batch = 1;
  intent.first = {1};
  intent.after = {end, {first.end().value + 8}, {}};
  intent.token = "lost with the far side's disk";
  REQUIRE(source.journal().note_intent(kSink, intent).ok());

  const auto side = std::make_shared<RecordedSide>();
  const auto branch = source.make_branch(
      kSink, "public.*", std::make_unique<RecordingSink>(side, Fault{}), script.end());
  branch->run();
  CHECK(side->rows() == expected_of(script));
  REQUIRE_FALSE(side->order.empty());
  CHECK(side->committed.at(side->order.front()) == expected_of(first));
}

namespace {

// Where the batches have to end, from the script and the limits alone.
std::vector<std::vector<std::string>> batches_of(const Script& script, const BatchLimits& limits) {
  std::vector<std::vector<std::string>> batches(1);
  std::size_t bytes = 0;
  for (const ScriptTransaction& transaction : script.transactions) {
    Script alone;
    alone.transactions = {transaction};
    for (const std::string& row : expected_of(alone)) {
      batches.back().push_back(row);
      bytes += row.size();
    }
    if (batches.back().size() < limits.rows_max && bytes < limits.bytes_max) continue;
    batches.emplace_back();
    bytes = 0;
  }
  if (batches.back().empty()) batches.pop_back();
  return batches;
}

std::vector<std::vector<std::string>> batches_of(const RecordedSide& side) {
  std::vector<std::vector<std::string>> batches;
  for (const sink::Token& token : side.order) batches.push_back(side.committed.at(token));
  return batches;
}

}  // namespace

TEST_CASE("branch: a batch ends at the first transaction end where a limit is reached",
          "[branch]") {
  const Script script = script_of(60);
  BranchSource source(script, 64 * 1024);
  source.limits = GENERATE(BatchLimits{1, 1 << 20, std::chrono::hours(1)},
                           BatchLimits{7, 1 << 20, std::chrono::hours(1)},
                           BatchLimits{1000, 300, std::chrono::hours(1)},
                           BatchLimits{9, 200, std::chrono::hours(1)},
                           BatchLimits{1000, 1 << 20, std::chrono::hours(1)});
  source.begin_branch(kSink);
  const auto side = std::make_shared<RecordedSide>();
  const auto branch = source.make_branch(
      kSink, "public.*", std::make_unique<RecordingSink>(side, Fault{}), script.end());
  branch->run();
  CHECK(batches_of(*side) == batches_of(script, source.limits));
}

TEST_CASE("branch: while it is behind the log, a batch may become older", "[branch]") {
  const Script script = script_of(60);
  BranchSource source(script, 64 * 1024);
  const bool may = GENERATE(true, false);
  source.limits = {1000, 1 << 20, std::chrono::nanoseconds(0),
                   may ? std::chrono::hours(1) : std::chrono::hours(0)};
  source.begin_branch(kSink);
  const auto side = std::make_shared<RecordedSide>();
  const auto branch = source.make_branch(
      kSink, "public.*", std::make_unique<RecordingSink>(side, Fault{}), script.end());
  branch->run();
  const BatchLimits as{may ? 1000u : 1u, 1 << 20, std::chrono::hours(1)};
  CHECK(batches_of(*side) == batches_of(script, as));
}

TEST_CASE("branch: a batch waits for more until it is old enough, and no longer", "[branch]") {
  const Script script = script_of(4);
  BranchSource source(script, 64 * 1024);
  ManualClock clock;
  source.limits = {1000, 1 << 20, std::chrono::seconds(10), std::chrono::hours(1)};
  source.branch_clock = &clock;
  source.begin_branch(kSink);
  const auto side = std::make_shared<RecordedSide>();
  const auto branch =
      source.make_branch(kSink, "public.*", std::make_unique<RecordingSink>(side, Fault{}), {});
  branch->start();
  const std::size_t rows = expected_of(script).size();
  const auto wait_for = [&](const auto& condition) {
    for (int i = 0; i < 1000 && !condition(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  };
  wait_for([&] { return branch->status().open_rows == rows; });
  CHECK(branch->status().open_rows == rows);
  clock.advance(std::chrono::milliseconds(9999));
  source.log().tail().nudge();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK(branch->status().batches == 0);
  clock.advance(std::chrono::milliseconds(1));
  source.log().tail().nudge();
  wait_for([&] { return branch->status().batches == 1; });
  CHECK(branch->status().batches == 1);
  CHECK(branch->status().rows == rows);
  branch->stop();
  branch->join();
  CHECK(side->rows() == expected_of(script));
}
