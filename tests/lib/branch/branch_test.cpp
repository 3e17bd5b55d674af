// Goal:   each row of the log reaches the sink once and in order, whichever call of the sink fails
//         and whichever side dies; a branch that has nothing to do holds nothing back.
// Method: a scripted log, a real journal, and a sink in memory that fails at each of its calls in
//         turn, before or after the call took effect.
#include "lib/branch/branch.h"

#include <atomic>
#include <catch2/catch.hpp>

#include "lib/log/log.h"
#include "lib/pgoutput/message.h"
#include "tests/support/messages.h"
#include "tests/support/power_disk.h"
#include "tests/support/recording_sink.h"
#include "tests/support/script.h"
#include "tests/support/sub_directory.h"

using namespace slotcast;
using namespace slotcast::test;

namespace {

constexpr const char* kSink = "far";

// Stands still until it is moved.
class ManualClock final : public Clock {
 public:
  SteadyTime now() const override { return SteadyTime(Duration(nanoseconds_.load())); }
  WallTime wall() const override { return {}; }
  void advance(Duration by) { nanoseconds_ += by.count(); }

 private:
  std::atomic<std::int64_t> nanoseconds_{1'000'000'000'000};
};

// A log that holds a script, and a journal.
class Source {
 public:
  Source(const Script& script, std::uint64_t segment_bytes) {
    REQUIRE(disk_.make("log").ok());
    log::Options options;
    options.segment_bytes = segment_bytes;
    log_ = log::Log::open(log_directory_, options, clock_, random_, script.start).value();
    journal_ = journal::Journal::open(disk_, 16 * 1024).value();
    for (const ScriptTransaction& transaction : script.transactions) add(transaction);
    sync();
  }

  void add(const ScriptTransaction& transaction) {
    for (const Message& message : transaction.messages) {
      REQUIRE(append_to(log_->writer(), message).ok());
    }
    if (random_.next() % 3 == 0) REQUIRE(log_->writer().flush().ok());
  }
  void sync() {
    REQUIRE(log_->writer().flush().ok());
    REQUIRE(log_->sync_now().ok());
  }
  void begin_branch(const std::string& sink) {
    REQUIRE(journal_->note_checkpoint(sink, {{1}, {}, {}}, true).ok());
  }

  std::unique_ptr<branch::Branch> make_branch(const std::string& sink, const std::string& tables,
                                              std::unique_ptr<sink::Sink> far, Lsn until) {
    branch::Options options;
    options.sink = sink;
    options.limits = limits;
    options.until = until;
    options.backoff = {std::chrono::microseconds(1), std::chrono::microseconds(1)};
    route::Route route;
    route.from.push_back(route::TablePattern::parse(tables).value());
    randoms_.push_back(std::make_unique<SeededRandom>(randoms_.size()));
    return std::make_unique<branch::Branch>(
        branch::Branch::Parts{&log_->segments(), nullptr, nullptr, &log_->tail(), &cache_,
                              journal_.get(), branch_clock, randoms_.back().get()},
        options, route::Router({route}), std::move(far));
  }

  log::Log& log() { return *log_; }
  journal::Journal& journal() { return *journal_; }

  // Of the branches made from now on.
  BatchLimits limits{5, 64ull << 20, std::chrono::seconds(10)};
  Clock* branch_clock = &clock_;

 private:
  PowerDisk disk_;
  SubDirectory log_directory_{disk_, "log"};
  SystemClock clock_;
  SeededRandom random_{1};
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<journal::Journal> journal_;
  branch::BlockCache cache_;
  std::vector<std::unique_ptr<SeededRandom>> randoms_;
};

Script script_of(std::size_t transactions) {
  SeededRandom random(transactions);
  return make_script(transactions, 4, 40, random);
}

// What must arrive, from the script alone.
std::vector<std::string> expected_of(const Script& script) {
  std::vector<std::string> rows;
  for (const ScriptTransaction& transaction : script.transactions) {
    std::uint64_t ordinal = 0;
    for (const Message& message : transaction.messages) {
      if (static_cast<char>(message[0]) != 'I') continue;
      // The cells' texts: behind tag, oid, 'N' and the count, each behind its kind and length.
      const int cells = load_be<std::uint16_t>(message.data() + 6);
      const std::byte* at = message.data() + 8;
      std::string row = "c " + to_string(transaction.commit_lsn) + " " + std::to_string(++ordinal);
      for (int cell = 0; cell < cells; ++cell) {
        const auto size = load_be<std::uint32_t>(at + 1);
        row += " " + std::string(as_text(Bytes(at + 5, size)));
        at += 5 + size;
      }
      rows.push_back(row);
    }
  }
  return rows;
}

}  // namespace

TEST_CASE("branch: an error at any sink call that passes delivers each row once", "[branch]") {
  const Script script = script_of(12);
  for (const bool takes_effect : {false, true}) {
    bool over = false;
    for (std::size_t call = 0; !over; ++call) {
      INFO("call " << call << (takes_effect ? ", answer lost" : ", request lost"));
      Source source(script, 64 * 1024);
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

TEST_CASE("branch: a process that ends at any sink call is continued by the next", "[branch]") {
  const Script script = script_of(12);
  for (const bool takes_effect : {false, true}) {
    bool over = false;
    for (std::size_t call = 0; !over; ++call) {
      INFO("call " << call << (takes_effect ? ", after it" : ", before it"));
      Source source(script, 64 * 1024);
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
  Source source(script, 8 * 1024);
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
  Source source(script, 8 * 1024);
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
  Source source(first, 64 * 1024);
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
  Source source(script, 64 * 1024);
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

TEST_CASE("branch: a batch waits for more until it is old enough, and no longer", "[branch]") {
  const Script script = script_of(4);
  Source source(script, 64 * 1024);
  ManualClock clock;
  source.limits = {1000, 1 << 20, std::chrono::seconds(10)};
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
