// Goal: a stage writes the format that its options say, each file from its head on, and a row that
// a format cannot say is known from then on.
// Method: the sink on a disk in memory; expected texts are written down here.
#include <catch2/catch.hpp>

#include "tests/support/changes.h"
#include "tests/support/stage_disk.h"

using namespace slotcast;
using test::Changes;
using test::kNull;
using test::kUnchanged;
using test::StageDisk;

namespace {

const Relation kNotes =
    test::make_relation("s", "notes", {{"id", TypeClass::Integer, true}, {"body"}});
const Relation kWider = test::make_relation(
    "s", "notes", {{"id", TypeClass::Integer, true}, {"body"}, {"size", TypeClass::Float}});

std::unique_ptr<sink::Sink> opened(StageDisk& far, const stage::Options& options) {
  static SystemRandom random;
  auto sink = far.connect("{table}-%U", "lake", random, options);
  REQUIRE(sink->open().ok());
  REQUIRE(sink->abort().ok());
  return sink;
}

Status write(sink::Sink& sink, const Changes& changes) {
  std::vector<sink::Row> rows;
  for (const Change& change : changes.all()) rows.push_back({&change, nullptr});
  return sink.write(rows).status();
}

void finish(sink::Sink& sink) {
  const auto token = sink.prepare();
  REQUIRE(token.ok());
  REQUIRE(sink.commit(token.value()).ok());
}

stage::Options csv() {
  stage::Options options;
  options.format = stage::Format::Csv;
  options.csv.header = true;
  options.csv.meta = {"_op", "_seq"};
  return options;
}

}  // namespace

TEST_CASE("formats: every file of CSV has its own header, and rows of its own columns", "[stage]") {
  StageDisk far;
  const auto sink = opened(far, csv());
  Changes changes;
  changes.add(Operation::Create, kNotes, {"1", "a,b"});
  changes.add(Operation::Create, kWider, {"2", kNull, "0.5"});
  changes.add(Operation::Delete, kNotes, {"3", kUnchanged});
  REQUIRE(write(*sink, changes).ok());
  finish(*sink);
  std::set<std::string> texts;
  for (const std::string& path : far.files()) texts.insert(far.text(path));
  CHECK(texts == std::set<std::string>{"id,body,_op,_seq\n1,\"a,b\",c,1\n3,\\N,d,3\n",
                                       "id,body,size,_op,_seq\n2,\\N,0.5,c,2\n"});
  CHECK(far.manifest_fits());
}

TEST_CASE("formats: after a row that cannot be written the judge knows such rows", "[stage]") {
  stage::Options json;
  json.jsonl.nan = "error";
  const std::tuple<stage::Options, Operation, std::vector<test::Value>, std::string> cases[] = {
      {csv(),
       Operation::Update,
       {"2", kUnchanged, "1"},
       "column body was not sent by the server, and meta lists no _unchanged to say so"},
      {csv(),
       Operation::Create,
       {"2", "\xff", "1"},
       "column body holds text that is not valid UTF-8"},
      {json,
       Operation::Create,
       {"2", "b", "NaN"},
       "column size holds NaN, which is no number in JSON"},
  };
  for (const auto& [options, operation, row, why] : cases) {
    StageDisk far;
    const auto sink = opened(far, options);
    CHECK(sink->judge() == nullptr);
    Changes changes;
    changes.begin_transaction({0x1000}, {});
    changes.add(Operation::Create, kWider, {"1", "a", "1"});
    const Change& bad = changes.add(operation, kWider, row);
    const Status refused = write(*sink, changes);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == ErrorKind::Rejected);
    CHECK(refused.error().what == "0/1000 change 2 of s.notes: " + why);
    REQUIRE(sink->abort().ok());

    sink::Judge* const judge = sink->judge();
    REQUIRE(judge != nullptr);
    CHECK_FALSE(judge->refuse({&changes.all()[0], nullptr}).has_value());
    const auto refusal = judge->refuse({&bad, nullptr});
    REQUIRE(refusal.has_value());
    CHECK(refusal->message == why);
    Changes rest;
    rest.add(Operation::Create, kWider, {"1", "a", "1"});
    REQUIRE(write(*sink, rest).ok());
    finish(*sink);
    CHECK(far.manifest().size() == 1);
    CHECK(far.manifest()[0].rows == 1);
  }
}
