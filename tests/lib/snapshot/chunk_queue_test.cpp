// Goal:   what is to be read beside the stream is read for those who take it, once, and survives.
#include "lib/snapshot/chunk_queue.h"

#include <catch2/catch.hpp>

#include "tests/support/failing_writes.h"
#include "tests/support/power_disk.h"

using namespace slotcast;
using namespace slotcast::test;
using snapshot::ChunkLedger;
using snapshot::ChunkMemory;
using snapshot::ChunkQueue;
using snapshot::Request;

namespace {

Request request_of(const std::set<std::string>& sinks, const std::string& table) {
  Request request;
  request.sinks = sinks;
  request.schema = table.empty() ? "" : "public";
  request.table = table;
  return request;
}

pg::SourceTable table_of(const std::string& name) {
  pg::SourceTable table;
  table.schema = "public";
  table.table = name;
  return table;
}

struct Fixture {
  PowerDisk disk;
  ChunkLedger ledger{disk};
  std::set<std::string> halted, removed;
  ChunkQueue queue{ledger,
                   {[](const pg::SourceTable& table, const std::string& sink) {
                      return table.table != "other" || sink == "b";
                    },
                    [this](const std::string& sink) { return halted.count(sink) > 0; },
                    [this](const std::string& sink) { return removed.count(sink) > 0; }}};

  std::vector<std::string> tables() const {
    std::vector<std::string> names;
    for (const Request& request : ledger.copy().requests) names.push_back(request.table);
    return names;
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("chunk queue: those who take nothing wait, the others go first", "[snapshot]") {
  Fixture f;
  REQUIRE(f.ledger.load(false).ok());
  CHECK(f.queue.is_idle());
  REQUIRE(f.ledger.request(request_of({"a"}, "one")).ok());
  REQUIRE(f.ledger.request(request_of({"b"}, "two")).ok());
  f.halted = {"a"};
  CHECK_FALSE(f.queue.is_idle());
  REQUIRE(f.queue.choose().ok());
  CHECK(f.tables() == Names{"two", "one"});
  f.halted = {"a", "b"};
  CHECK(f.queue.is_idle());
  CHECK_FALSE(f.queue.is_wanted());
  f.halted = {"b"};
  REQUIRE(f.ledger.request(request_of({"a", "b"}, "both")).ok());
  REQUIRE(f.queue.choose().ok());
  CHECK(f.queue.front().table == "one");
}

TEST_CASE("chunk queue: one whose sinks were forgotten is taken away, not waited for",
          "[snapshot]") {
  Fixture f;
  REQUIRE(f.ledger.load(false).ok());
  REQUIRE(f.ledger.request(request_of({"a"}, "one")).ok());
  REQUIRE(f.ledger.request(request_of({"b"}, "two")).ok());
  f.halted = {"a"};
  REQUIRE(f.ledger.forget("b").ok());
  CHECK_FALSE(f.queue.is_idle());
  REQUIRE(f.queue.choose().ok());
  CHECK(f.queue.front().sinks.empty());
}

TEST_CASE("chunk queue: what is half read stays in front, unless its sinks are gone",
          "[snapshot]") {
  Fixture f;
  REQUIRE(f.ledger.load(false).ok());
  REQUIRE(f.ledger.request(request_of({"a"}, "half")).ok());
  REQUIRE(f.ledger.request(request_of({"b"}, "two")).ok());
  REQUIRE(f.ledger
              .change([](ChunkMemory& memory) {
                memory.scanned = {77};
                memory.requests.front().after = {"5"};
                memory.requests.front().again = {{"3"}};
              })
              .ok());
  f.halted = {"a"};
  REQUIRE(f.queue.choose().ok());
  CHECK(f.queue.front().table == "half");
  CHECK(f.queue.is_idle());
  CHECK(f.queue.is_wanted());
  REQUIRE(f.queue.take_stock().ok());
  CHECK(f.ledger.copy().scanned == Sequence{77});
  f.removed = {"a"};
  REQUIRE(f.queue.take_stock().ok());
  CHECK(f.ledger.copy().scanned == Sequence{0});
  CHECK_FALSE(f.queue.front().is_under_way());
  REQUIRE(f.queue.choose().ok());
  CHECK(f.queue.front().table == "two");
}

TEST_CASE("chunk queue: a request for all tables becomes one for each that it means",
          "[snapshot]") {
  Fixture f;
  REQUIRE(f.ledger.load(false).ok());
  Request all = request_of({"a", "gone"}, "");
  all.only = {"public.o*", "public.t*"};
  all.except = {"public.two"};
  REQUIRE(f.ledger.request(all).ok());
  Request begun = request_of({"a"}, "one");
  begun.after = {"1"};
  REQUIRE(f.ledger.request(begun).ok());
  REQUIRE(f.ledger.request(request_of({"a"}, "ten")).ok());
  const Request asked = f.queue.front();
  REQUIRE(f.ledger.forget("gone").ok());
  REQUIRE(f.queue
              .expand(asked, {table_of("one"), table_of("two"), table_of("ten"), table_of("other"),
                              table_of("else")})
              .ok());
  // The one that is half read does not count for the new one; the one that waits does.
  CHECK(f.tables() == Names{"one", "ten", "one"});
  for (const Request& request : f.ledger.copy().requests) {
    CHECK(request.sinks == std::set<std::string>{"a"});
    CHECK(request.only.empty());
  }
}

TEST_CASE("chunk ledger: a number is never given twice, whenever the process ends", "[snapshot]") {
  PowerDisk disk;
  std::uint64_t last = 0;
  for (int life = 0; life < 5; ++life) {
    ChunkLedger ledger(disk);
    REQUIRE(ledger.load(false).ok());
    for (int i = 0; i < 1234; ++i) {
      const auto number = ledger.take_number();
      REQUIRE(number.ok());
      REQUIRE(number.value() > last);
      last = number.value();
    }
  }
}

TEST_CASE("chunk ledger: what cannot be written has not happened", "[snapshot]") {
  PowerDisk disk;
  FailingWrites failing(disk);
  ChunkLedger ledger(failing);
  REQUIRE(ledger.load(false).ok());
  REQUIRE(ledger.request(request_of({"a"}, "one")).ok());
  const ChunkMemory before = ledger.copy();
  failing.fail_after(0, 1);
  CHECK_FALSE(ledger.change([](ChunkMemory& memory) { memory.requests.clear(); }).ok());
  REQUIRE(failing.has_failed());
  CHECK(ledger.copy() == before);
  ChunkLedger next(disk);
  REQUIRE(next.load(false).ok());
  CHECK(next.copy().requests == before.requests);
}

TEST_CASE("chunk ledger: what a request that waits will bring is not asked for twice",
          "[snapshot]") {
  PowerDisk disk;
  ChunkLedger ledger(disk);
  REQUIRE(ledger.load(false).ok());
  const auto sinks = [&] {
    std::vector<std::set<std::string>> found;
    for (const Request& request : ledger.copy().requests) found.push_back(request.sinks);
    return found;
  };
  using Sinks = std::vector<std::set<std::string>>;
  REQUIRE(ledger.request(request_of({"d"}, "")).ok());
  REQUIRE(ledger.request(request_of({"a", "d"}, "t")).ok());
  CHECK(sinks() == Sinks{{"d"}, {"a"}});
  REQUIRE(ledger.request(request_of({"a"}, "t")).ok());
  REQUIRE(ledger.request(request_of({"a", "b"}, "t")).ok());
  CHECK(sinks() == Sinks{{"d"}, {"a"}, {"b"}});
  Request anew = request_of({"a"}, "t");
  anew.is_resync = true;
  REQUIRE(ledger.request(anew).ok());
  CHECK(sinks() == Sinks{{"d"}, {"a"}, {"b"}, {"a"}});
  // What is half read brings the new request's sink only the other half.
  REQUIRE(ledger.change([](ChunkMemory& memory) { memory.requests[1].after = {"7"}; }).ok());
  REQUIRE(ledger.request(request_of({"a"}, "t")).ok());
  CHECK(sinks() == Sinks{{"d"}, {"a"}, {"b"}, {"a"}, {"a"}});
}
