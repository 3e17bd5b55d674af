// Goal: a stage in a bucket keeps every promise of a sink: each row once in the objects that its
// manifests name, and nothing unfinished left, whatever fails and whenever it is killed.
// Method: the whole sink against a server that checks signatures; what is there is read from the
// server's disk, with a parser and a checksum of the test's own.

#include "connectors/stage/s3/object_place.h"

#include <catch2/catch.hpp>

#include "tests/support/changes.h"
#include "tests/support/stage_bucket.h"

using namespace slotcast;
using sink::Token;
using test::Changes;
using test::Fault;
using test::StageBucket;

namespace {

const Relation kOne = test::make_relation("s", "one", {{"x"}});
const Relation kTwo = test::make_relation("s", "two", {{"x"}});

void require_ok(const Status& status) {
  if (!status.ok()) FAIL(status.error().what);
}

std::unique_ptr<sink::Sink> opened(std::unique_ptr<sink::Sink> sink) {
  require_ok(sink->open());
  require_ok(sink->abort());
  return sink;
}

// Rows of two tables in turn, `bytes` each, with ordinals that go on from call to call.
class Load {
 public:
  Status write(sink::Sink& sink, int count, std::size_t bytes = 10) {
    const std::size_t from = changes_.all().size();
    for (int i = 0; i < count; ++i) {
      changes_.add(Operation::Create, i % 2 == 0 ? kOne : kTwo, {std::string(bytes, 'x')});
    }
    std::vector<sink::Row> rows;
    for (std::size_t i = from; i < changes_.all().size(); ++i) {
      rows.push_back({&changes_.all()[i], &no_name_});
    }
    return sink.write(rows).status();
  }
  // What must be visible when all of it is committed.
  test::FarSide::Visible expected() const {
    test::FarSide::Visible visible;
    for (const Change& change : changes_.all()) {
      visible[change.relation->table].push_back(change.id.ordinal);
    }
    return visible;
  }

 private:
  Changes changes_;
  const std::string no_name_;
};

Token prepared(sink::Sink& sink) {
  const auto token = sink.prepare();
  require_ok(token.status());
  return token.value();
}

test::FarSide::Visible sorted(test::FarSide::Visible visible) {
  for (auto& [table, rows] : visible) std::sort(rows.begin(), rows.end());
  return visible;
}

}  // namespace

TEST_CASE("s3 stage: keeps the contract of sinks", "[sink][stage][s3]") {
  test::check_sink_contract([] { return std::make_unique<StageBucket>(); });
}

TEST_CASE("s3 stage: whichever answer is lost, each row is there once", "[sink][stage][s3]") {
  test::check_any_access_failing([] { return std::make_unique<StageBucket>(Fault::LoseAnswer); });
}

TEST_CASE("s3 stage: objects that are finished early have each row once", "[stage][s3]") {
  StageBucket far;
  Load load;
  auto sink = opened(far.connect(1u << 20));
  for (int i = 0; i < 20; ++i) require_ok(load.write(*sink, 20, 20'000));
  CHECK(far.files().empty());
  const Token token = prepared(*sink);
  require_ok(sink->commit(token).status());
  CHECK(far.files().size() > 4);
  CHECK(far.manifest().size() == far.files().size());
  CHECK(far.manifest_objects().size() == 1);
  CHECK(sorted(far.visible()) == load.expected());
  CHECK(far.unfinished() == 0);
}

TEST_CASE("s3 stage: objects that were finished early go with their batch", "[stage][s3]") {
  StageBucket far;
  Load load;
  auto sink = opened(far.connect(1u << 20));
  for (int i = 0; i < 5; ++i) require_ok(load.write(*sink, 20, 20'000));
  CHECK(far.unfinished() > 0);
  const bool is_closed = GENERATE(true, false);
  if (is_closed) {
    require_ok(sink->close());
  } else {
    require_ok(sink->abort());
  }
  CHECK(far.unfinished() == 0);
  CHECK(far.files().empty());
}

TEST_CASE("s3 stage: another stage under the same names is not taken for the batch's",
          "[stage][s3]") {
  StageBucket far;
  Load load;
  auto sink = opened(far.connect());
  require_ok(load.write(*sink, 4));
  const Token token = prepared(*sink);
  // The bucket was made anew, or the url has changed.
  StageBucket other;
  sink = other.connect();
  require_ok(sink->open());
  const auto recovered = sink->recover(token);
  REQUIRE_FALSE(recovered.ok());
  CHECK(recovered.error().kind == ErrorKind::Invalid);
  CHECK(recovered.error().what.find("correct the url") != std::string::npos);
  CHECK(other.files().empty());
  sink = far.connect();
  require_ok(sink->open());
  CHECK(sink->recover(token).value() == sink::Recovered::Done);
  CHECK(far.visible() == load.expected());
}

TEST_CASE("s3 stage: a manifest is written again with the same contents", "[stage][s3]") {
  StageBucket far;
  Load load;
  auto sink = opened(far.connect());
  require_ok(load.write(*sink, 4));
  const Token token = prepared(*sink);
  far.proxy().plan("PUT", "/_manifest/shop-lake/",
                   GENERATE(Fault::SlowDown, Fault::LoseAnswer, Fault::Answer500));
  // Killed; its objects are visible when the manifest fails.
  sink = far.connect();
  require_ok(sink->open());
  CHECK(sink->recover(token).error().kind == ErrorKind::Transient);
  CHECK(far.files().size() == 2);
  // A loader is faster than the manifest.
  const std::string taken = far.files()[0];
  far.server().remove(far.prefix() + taken);
  require_ok(sink->commit(token).status());
  REQUIRE(far.manifest_objects().size() == 1);
  const std::string contents = far.text(far.manifest_objects()[0]);
  sink = far.connect();
  require_ok(sink->open());
  require_ok(sink->recover(token).status());
  CHECK(far.text(far.manifest_objects()[0]) == contents);
  CHECK(far.manifest().size() == 2);
  CHECK(far.manifest_fits({taken}));
  CHECK(far.files().size() == 1);
}

TEST_CASE("s3 stage: a second process takes over, and the first one stops", "[stage][s3]") {
  StageBucket far;
  Load load;
  const auto first = opened(far.connect());
  require_ok(load.write(*first, 4));
  const Token token = prepared(*first);
  const auto second = far.connect();
  require_ok(second->open());
  CHECK(second->recover(token).value() == sink::Recovered::Done);
  require_ok(second->abort());
  CHECK(far.visible() == load.expected());
  CHECK(first->commit(token).error().kind == ErrorKind::Invalid);
  CHECK(first->open().error().kind == ErrorKind::Invalid);
  CHECK(far.visible() == load.expected());
}

TEST_CASE(
    "s3 stage: an upload that is gone before its commit is not taken for done by the first "
    "process",
    "[stage][s3]") {
  StageBucket far;
  Load load;
  const auto first = opened(far.connect());
  require_ok(load.write(*first, 4));
  const Token token = prepared(*first);
  // A copy of the configuration with a state of its own knows of no intent.
  opened(far.connect());
  CHECK(first->commit(token).error().kind == ErrorKind::Invalid);
  CHECK(far.manifest_objects().empty());
}
