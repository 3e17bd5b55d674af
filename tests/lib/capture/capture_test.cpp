// Goal:   the log holds each transaction of the server once and whole, wherever connections break,
//         and the server is never told more than what is durable.
// Method: a scripted server that cuts the connection after every single message in turn.
#include "lib/capture/capture.h"

#include <catch2/catch.hpp>
#include <thread>

#include "lib/pgoutput/decoder.h"
#include "tests/support/hanging_disk.h"
#include "tests/support/messages.h"
#include "tests/support/power_disk.h"
#include "tests/support/scripted_stream.h"

using namespace slotcast;
using namespace slotcast::test;

namespace {

struct Run {
  std::vector<std::string> commits;  // in the log, in order
  std::size_t abandoned = 0;
  bool confirmed_too_much = false;
  Lsn confirmed;
  capture::CaptureStatus status;
};

log::Options options() {
  log::Options options;
  options.segment_bytes = 64 * 1024;
  return options;
}

Result<Catalog> no_catalog(const Relation& relation) {
  Catalog catalog;
  for (const Column& column : relation.columns) {
    catalog.columns.push_back({"", 'b', column.type_oid, 0, {}});
  }
  return catalog;
}

void read_log(log::Log& log, Run& run) {
  log::Reader reader = log.reader();
  REQUIRE(reader.seek({1}).ok());
  while (true) {
    const auto block = reader.next(log.tail().written().record);
    REQUIRE(block.ok());
    if (!block.value()) return;
    log::RecordCursor cursor = block.value()->records();
    log::Record record;
    while (cursor.next(record)) {
      if (record.type == log::RecordType::Commit) {
        run.commits.push_back(to_string(pgoutput::parse_commit(record.payload)->end_lsn));
      }
      if (record.type == log::RecordType::Abandon) ++run.abandoned;
    }
  }
}

// `from` says where a connection's stream starts, given what the log has: the server's own memory
// of the slot may be older.
Run run_capture(const Script& script, const std::vector<std::size_t>& cuts,
                const std::function<Lsn(Lsn)>& from,
                const capture::Appender::ReadCatalog& read_catalog = no_catalog) {
  PowerDisk disk;
  SystemClock clock;
  SeededRandom random(1);
  Run run;
  auto log = log::Log::open(disk, options(), clock, random, script.start).value();
  std::size_t connection = 0;
  const auto connect = [&](Lsn durable) -> Result<std::unique_ptr<pg::ReplicationStream>> {
    const std::size_t messages = connection < cuts.size() ? cuts[connection] : SIZE_MAX;
    ++connection;
    return std::unique_ptr<pg::ReplicationStream>(std::make_unique<ScriptedStream>(
        script, from(durable), messages, [&](const pg::Feedback& feedback) {
          run.confirmed_too_much |= feedback.flush > log->tail().durable().lsn;
          run.confirmed = feedback.flush;
        }));
  };
  capture::Receiver::Options receiver;
  receiver.status_interval = std::chrono::milliseconds(1);
  receiver.backoff = {std::chrono::microseconds(10), std::chrono::microseconds(20)};
  log->start([] { return Sequence{1}; });
  {
    SeededRandom network(2);  // the log's is another thread's
    capture::Capture capture({log.get(), &clock, &network}, connect, read_catalog, receiver);
    std::atomic<bool> failed{false};
    capture.start([&](const Error&) { failed = true; });
    const SteadyTime deadline = clock.now() + std::chrono::seconds(20);
    while (log->tail().durable().lsn < script.end() && !failed && clock.now() < deadline) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    capture.stop();
    run.status = capture.status();
    CHECK_FALSE(failed);
  }
  REQUIRE(log->close().ok());
  read_log(*log, run);
  return run;
}

template <class Condition>
bool wait_for(const Condition& condition) {
  for (int i = 0; i < 4000 && !condition(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return condition();
}

std::vector<std::string> expected_commits(const Script& script) {
  std::vector<std::string> commits;
  for (const auto& transaction : script.transactions) {
    commits.push_back(to_string(transaction.end_lsn));
  }
  return commits;
}

std::size_t message_count(const Script& script) {
  std::size_t count = 0;
  for (const auto& transaction : script.transactions) count += transaction.messages.size() + 1;
  return count;
}

}  // namespace

TEST_CASE("capture: a connection cut after any message costs no transaction and doubles none",
          "[capture]") {
  SeededRandom random(3);
  const Script script = make_script(8, 3, 40, random);
  for (std::size_t cut = 1; cut <= message_count(script); ++cut) {
    INFO("cut after message " << cut);
    const Run run = run_capture(script, {cut}, [](Lsn durable) { return durable; });
    CHECK(run.commits == expected_commits(script));
    CHECK_FALSE(run.confirmed_too_much);
    CHECK(run.confirmed <= script.end());
  }
}

TEST_CASE("capture: a message of no transaction is one of its own, once and in its place",
          "[capture]") {
  SeededRandom random(5);
  Script script = make_script(6, 2, 20, random);
  std::vector<ScriptTransaction> with_messages;
  const auto add_message = [&](Lsn end) {
    with_messages.push_back({{end.value - 1}, end, {logical_message_of(end, "p", "x", false)}, {}});
  };
  for (ScriptTransaction& transaction : script.transactions) {
    // The server says where a message ends, and this one's end is where the commit stands.
    if (!with_messages.empty()) add_message(transaction.commit_lsn);
    with_messages.push_back(std::move(transaction));
    add_message({with_messages.back().end_lsn.value + 8});
    // The next commit is at least 64 bytes behind the one before.
  }
  script.transactions = std::move(with_messages);
  for (std::size_t cut = 1; cut <= message_count(script); ++cut) {
    INFO("cut after message " << cut);
    const Run run = run_capture(script, {cut}, [](Lsn durable) { return durable; });
    CHECK(run.commits == expected_commits(script));
    CHECK_FALSE(run.confirmed_too_much);
  }
  // A server that has forgotten what it was told sends all of them again.
  const Run again = run_capture(script, {message_count(script) / 2},
                                [&](Lsn) { return script.transactions.front().commit_lsn; });
  CHECK(again.commits == expected_commits(script));
}

TEST_CASE("capture: what the server sends again is dropped, whole", "[capture]") {
  SeededRandom random(4);
  const Script script = make_script(10, 4, 40, random);
  const std::size_t half = message_count(script) / 2;
  // A server that forgot everything begins at its slot's start each time.
  const Run run =
      run_capture(script, {half, half + 3, half + 7}, [&](Lsn) { return script.start; });
  CHECK(run.commits == expected_commits(script));
  CHECK(run.status.duplicate_transactions > 0);
  CHECK(run.status.reconnects == 3);
  CHECK_FALSE(run.confirmed_too_much);
}

TEST_CASE("capture: on the way out the server is told all that is durable", "[capture]") {
  SeededRandom random(5);
  const Script script = make_script(4, 3, 40, random);
  const Run run = run_capture(script, {}, [](Lsn durable) { return durable; });
  CHECK(run.commits == expected_commits(script));
  CHECK(run.confirmed == script.end());
}

TEST_CASE("capture: the server hears from us while the disk does not answer", "[capture]") {
  const auto at = GENERATE(HangingDisk::At::Writes, HangingDisk::At::Syncs);
  SeededRandom random(6);
  const Script script = make_script(40, 3, 4000, random);
  PowerDisk disk;
  HangingDisk hanging(disk);
  SystemClock clock;
  auto log = log::Log::open(hanging, options(), clock, random, script.start).value();
  std::atomic<int> feedbacks{0};
  std::atomic<bool> confirmed_too_much{false};
  const auto connect = [&](Lsn durable) -> Result<std::unique_ptr<pg::ReplicationStream>> {
    return std::unique_ptr<pg::ReplicationStream>(std::make_unique<ScriptedStream>(
        script, durable, SIZE_MAX, [&](const pg::Feedback& feedback) {
          ++feedbacks;
          if (feedback.flush > log->tail().durable().lsn) confirmed_too_much = true;
        }));
  };
  capture::Receiver::Options receiver;
  receiver.status_interval = std::chrono::milliseconds(5);
  log->start([] { return Sequence{1}; });
  SeededRandom network(2);  // the log's is another thread's
  capture::Capture capture({log.get(), &clock, &network}, connect, no_catalog, receiver);
  hanging.hang(at);
  capture.start([](const Error& error) { FAIL(error.what); });
  REQUIRE(wait_for([&] { return hanging.is_hanging(); }));
  const int before = feedbacks;
  CHECK(wait_for([&] { return feedbacks >= before + 50; }));
  CHECK(hanging.is_hanging());
  CHECK(log->tail().durable().lsn < script.end());
  hanging.go_on();
  CHECK(wait_for([&] { return log->tail().durable().lsn >= script.end(); }));
  capture.stop();
  CHECK_FALSE(confirmed_too_much);
  REQUIRE(log->close().ok());
  Run run;
  read_log(*log, run);
  CHECK(run.commits == expected_commits(script));
}

// A server that shuts down takes no session that asks its catalog, and waits for the stream.
TEST_CASE("capture: a catalog that cannot be asked ends the connection, not the waiting",
          "[capture]") {
  SeededRandom random(7);
  const Script script = make_script(6, 3, 40, random);
  int asked = 0;
  const Run run = run_capture(
      script, {}, [](Lsn durable) { return durable; },
      [&](const Relation& relation) -> Result<Catalog> {
        if (++asked <= 3) return transient("the database system is shutting down");
        return no_catalog(relation);
      });
  CHECK(run.commits == expected_commits(script));
  CHECK(run.status.reconnects == 3);
  CHECK_FALSE(run.confirmed_too_much);
}

TEST_CASE("capture: a log that takes nothing for long does not hold the connection", "[capture]") {
  SeededRandom random(8);
  const Script script = make_script(2000, 3, 4000, random);  // more than waits in memory
  PowerDisk disk;
  HangingDisk hanging(disk);
  SystemClock clock;
  auto log = log::Log::open(hanging, options(), clock, random, script.start).value();
  std::atomic<int> opened{0};
  std::atomic<int> closed{0};
  struct Counted final : pg::ReplicationStream {
    ScriptedStream inner;
    std::atomic<int>& closed;
    Counted(ScriptedStream stream, std::atomic<int>& count)
        : inner(std::move(stream)), closed(count) {}
    ~Counted() override { ++closed; }
    Result<std::optional<pg::Incoming>> next() override { return inner.next(); }
    Result<bool> wait(Duration at_most) override { return inner.wait(at_most); }
    Status send(const pg::Feedback& feedback) override { return inner.send(feedback); }
    Status gulp() override { return inner.gulp(); }
  };
  const auto connect = [&](Lsn durable) -> Result<std::unique_ptr<pg::ReplicationStream>> {
    ++opened;
    ScriptedStream stream(script, durable, SIZE_MAX, [](const pg::Feedback&) {});
    return std::unique_ptr<pg::ReplicationStream>(
        std::make_unique<Counted>(std::move(stream), closed));
  };
  capture::Receiver::Options receiver;
  receiver.full_patience = std::chrono::milliseconds(20);
  receiver.backoff = {std::chrono::microseconds(10), std::chrono::microseconds(20)};
  log->start([] { return Sequence{1}; });
  SeededRandom network(2);  // the log's is another thread's
  capture::Capture capture({log.get(), &clock, &network}, connect, no_catalog, receiver);
  hanging.hang(HangingDisk::At::Writes);
  capture.start([](const Error& error) { FAIL(error.what); });
  CHECK(wait_for([&] { return closed == 1; }));
  CHECK(hanging.is_hanging());
  CHECK(opened == 1);
  hanging.go_on();
  CHECK(wait_for([&] { return log->tail().durable().lsn >= script.end(); }));
  capture.stop();
  CHECK(opened == 2);
  REQUIRE(log->close().ok());
  Run run;
  read_log(*log, run);
  CHECK(run.commits == expected_commits(script));
}
