// Goal: whatever happens to a request, a batch is there once or can be tried again, and no answer
// that is lost makes it twice or not at all.
// Method: every request of a batch meets every fault once, between the client and a real server;
// then the calls that the branch would make next, and a look at the server's disk.

#include <catch2/catch.hpp>

#include "tests/support/s3_stage.h"

using namespace slotcast;
using namespace slotcast::stage::s3;
using slotcast::test::Fault;
using slotcast::test::FaultProxy;
using slotcast::test::S3Server;
using slotcast::test::S3Stage;

namespace {

struct Harm {
  const char* method;
  const char* words;
  Fault fault;
};

Status write_and_prepare(ObjectStage& stage, std::vector<PreparedObject>& prepared) {
  std::vector<ObjectWriter*> writers;
  for (const std::string name : {"a", "b"}) {
    writers.push_back(&stage.start(name));
    Status added = stage.append(*writers.back(), "rows of " + name);
    if (!added.ok()) return added;
  }
  auto result = slotcast::test::prepare(stage, writers);
  if (result.ok()) prepared = result.value();
  return result.status();
}

Status commit_all(ObjectStage& stage, const std::vector<PreparedObject>& prepared) {
  for (const PreparedObject& each : prepared) {
    Status committed = stage.commit(each);
    if (!committed.ok()) return committed;
  }
  return {};
}

}  // namespace

TEST_CASE("s3: a fault before the batch is prepared is repeated from the beginning", "[s3]") {
  S3Server server;
  FaultProxy proxy(server.port());
  const auto [method, words, fault] = GENERATE(values<Harm>({
      {"PUT", "/uploads", Fault::SlowDown},
      {"PUT", "/uploads", Fault::Answer500},
      {"POST", "/b?uploads=", Fault::SlowDown},
      {"POST", "/b?uploads=", Fault::LoseAnswer},
      {"POST", "/a?uploads=", Fault::Answer500},
      {"PUT", "/b?partNumber=1", Fault::SlowDown},
      {"PUT", "/a?partNumber=1", Fault::Stall},
      {"PUT", "/b?partNumber=1", Fault::Cut},
      {"PUT", "/b?partNumber=1", Fault::LoseAnswer},
      {"PUT", "/b?partNumber=1", Fault::Answer500},
  }));
  Settings settings = server.settings(proxy.url());
  if (fault == Fault::Stall) settings.stall_timeout = std::chrono::seconds(2);
  S3Stage far(settings);
  INFO(method << " " << words << " " << static_cast<int>(fault));
  proxy.plan(method, words, fault);
  std::vector<PreparedObject> prepared;
  const Status failed = write_and_prepare(*far, prepared);
  REQUIRE(!failed.ok());
  INFO(failed.error().what);
  CHECK(failed.error().kind == ErrorKind::Transient);
  CHECK(proxy.is_done());
  REQUIRE(far->open().ok());
  REQUIRE(far->abort().ok());
  CHECK(far.unfinished().empty());
  REQUIRE(write_and_prepare(*far, prepared).ok());
  REQUIRE(commit_all(*far, prepared).ok());
  CHECK(server.objects() == std::vector<std::string>{"stage/a", "stage/b"});
  CHECK(server.content("stage/b") == "rows of b");
}

TEST_CASE("s3: a request that is sent twice by itself leaves nothing unfinished", "[s3]") {
  S3Server server;
  FaultProxy proxy(server.port());
  proxy.keep_connections();
  S3Stage far(server.settings(proxy.url()));
  proxy.plan("POST", "/b?uploads=", Fault::LoseAnswer);
  std::vector<PreparedObject> prepared;
  REQUIRE(write_and_prepare(*far, prepared).ok());
  CHECK(proxy.count("POST", "/b?uploads=") == 2);
  REQUIRE(commit_all(*far, prepared).ok());
  CHECK(server.objects() == std::vector<std::string>{"stage/a", "stage/b"});
  // The next batch has other names, and nobody would look for these.
  CHECK(server.unfinished("stage/").empty());
}

TEST_CASE("s3: an upload that the server begins late is found", "[s3]") {
  S3Server server;
  FaultProxy proxy(server.port());
  S3Stage far(server.settings(proxy.url()));
  proxy.plan("POST", "/b?uploads=", Fault::Late);
  std::vector<PreparedObject> prepared;
  CHECK(write_and_prepare(*far, prepared).error().kind == ErrorKind::Transient);
  REQUIRE(far->open().ok());
  REQUIRE(far->abort().ok());
  // The batch is built again under other names, while the first server is still at it.
  ObjectWriter& other = far->start("other");
  REQUIRE(far->append(other, "rows").ok());
  proxy.deliver_late();
  const auto again = slotcast::test::prepare(*far, {&other});
  REQUIRE(again.ok());
  REQUIRE(commit_all(*far, again.value()).ok());
  CHECK(server.unfinished("stage/") == std::vector<std::string>{"stage/b"});
  if (GENERATE(true, false)) {
    S3Stage later(server.settings());
    REQUIRE(later->abort().ok());
  } else {
    REQUIRE(far->abort().ok());
  }
  CHECK(server.unfinished("stage/").empty());
  CHECK(server.objects() == std::vector<std::string>{"stage/other"});
}

TEST_CASE("s3: a fault at the commit is settled by the next one", "[s3]") {
  S3Server server;
  FaultProxy proxy(server.port());
  // A completion may take long: only the limit for whole requests ends one that is stalled.
  Settings settings = server.settings(proxy.url());
  settings.request_timeout = std::chrono::seconds(5);
  S3Stage far(settings);
  std::vector<PreparedObject> prepared;
  REQUIRE(write_and_prepare(*far, prepared).ok());
  const auto [method, words, fault] = GENERATE(values<Harm>({
      {"GET", "/b?uploadId=", Fault::SlowDown},
      {"GET", "/a?uploadId=", Fault::LoseAnswer},
      {"POST", "/a?uploadId=", Fault::SlowDown},
      {"POST", "/b?uploadId=", Fault::Stall},
      {"POST", "/b?uploadId=", Fault::Cut},
      {"POST", "/a?uploadId=", Fault::LoseAnswer},
      {"POST", "/b?uploadId=", Fault::LoseAnswer},
      {"POST", "/b?uploadId=", Fault::Answer500},
  }));
  // Whoever loads the objects may take one away at once.
  const bool is_moved = GENERATE(false, true);
  INFO(method << " " << words << " " << static_cast<int>(fault) << " " << is_moved);
  proxy.plan(method, words, fault);
  const Status failed = commit_all(*far, prepared);
  REQUIRE(!failed.ok());
  INFO(failed.error().what);
  CHECK(failed.error().kind == ErrorKind::Transient);
  CHECK(proxy.is_done());
  std::vector<std::string> expected{"stage/a", "stage/b"};
  for (const std::string& key : server.objects()) {
    if (!is_moved) continue;
    server.remove(key);
    std::erase(expected, key);
  }
  REQUIRE(commit_all(*far, prepared).ok());
  CHECK(server.objects() == expected);
  for (const std::string& key : expected) {
    CHECK(server.content(key) == "rows of " + key.substr(6));
  }
  REQUIRE(far->abort().ok());
  CHECK(far.unfinished().empty());
}

TEST_CASE("s3: bytes that are damaged on their way are found", "[s3]") {
  S3Server server;
  FaultProxy proxy(server.port());
  S3Stage far(server.settings(proxy.url()));
  proxy.plan("PUT", "partNumber=", Fault::Damage);
  std::vector<PreparedObject> prepared;
  const Status failed = write_and_prepare(*far, prepared);
  REQUIRE(!failed.ok());
  INFO(failed.error().what);
  CHECK(failed.error().kind == ErrorKind::Corrupt);
}

TEST_CASE("s3: parts that were replaced after they were prepared are not committed", "[s3]") {
  S3Server server;
  S3Stage far(server.settings());
  std::vector<PreparedObject> prepared;
  REQUIRE(write_and_prepare(*far, prepared).ok());
  const UnfinishedUpload upload{prepared[0].key, prepared[0].upload_id};
  REQUIRE(far.bucket().put_part(upload, 1, "rows of x").ok());
  const Status failed = far->commit(prepared[0]);
  REQUIRE(!failed.ok());
  CHECK(failed.error().kind == ErrorKind::Corrupt);
  CHECK(server.objects().empty());
}

TEST_CASE("s3: a server that cannot refuse to overwrite is asked before", "[s3]") {
  S3Server server;
  FaultProxy proxy(server.port());
  const bool knows_for_objects = GENERATE(false, true);
  // The first makes the identity, the second asks whether the condition holds.
  if (!knows_for_objects) {
    S3Stage first(server.settings());
    proxy.plan("PUT", "/id", Fault::NotImplemented);
  }
  S3Stage far(server.settings(proxy.url()));
  CHECK(far->is_conditional() == knows_for_objects);
  if (knows_for_objects) proxy.plan("POST", "/a?uploadId=", Fault::NotImplemented);
  std::vector<PreparedObject> prepared;
  REQUIRE(write_and_prepare(*far, prepared).ok());
  server.put("stage/b", "somebody's");
  REQUIRE(far->commit(prepared[0]).ok());
  CHECK(server.content("stage/a") == "rows of a");
  CHECK(proxy.count("HEAD", "/a") == 1);
  const Status taken = far->commit(prepared[1]);
  REQUIRE(!taken.ok());
  CHECK(taken.error().kind == ErrorKind::Invalid);
  CHECK(server.content("stage/b") == "somebody's");
}
