#include "connectors/all.h"

#include <catch2/catch.hpp>

#include "tests/support/temp_dir.h"

using namespace slotcast;
using connectors::Options;

namespace {

Options stage_options(const std::string& url, const std::string& pattern) {
  return stage::Options{url, pattern};
}

Options csv_options(const std::string& pattern, const std::string& separator) {
  stage::Options options{"file:///srv", pattern, stage::Format::Csv};
  options.csv.separator = separator;
  options.csv.meta = {"_op", "_when"};
  return options;
}

}  // namespace

TEST_CASE("connectors: check finds what is wrong without touching the far side", "[connectors]") {
  CHECK(connectors::check(null::Options{}).empty());
  CHECK(connectors::check(stage_options("file:///no/such/directory", "{table}/%U.jsonl")).empty());
  const std::pair<Options, const char*> wrong[] = {
      {stage_options("s3://", "%U"), "stage url"},
      {stage_options("ftp://host/x", "%U"), "stage url"},
      {stage_options("", "%U"), "stage url"},
      {stage_options("file:///srv", "%Q%U"), "unknown directive %Q"},
      {stage_options("file:///srv", "{table}"), "add %U"},
  };
  for (const auto& [options, says] : wrong) {
    const auto mistakes = connectors::check(options);
    REQUIRE(mistakes.size() == 1);
    CHECK(mistakes[0].second.kind == ErrorKind::Invalid);
    CHECK(mistakes[0].second.what.find(says) != std::string::npos);
  }
  // All of them, each with its option.
  const auto all = connectors::check(csv_options("{table}", "\""));
  REQUIRE(all.size() == 4);
  CHECK(all[0].first == "pattern");
  CHECK(all[1].first == "csv.enclosure");
  CHECK(all[2].first == "csv.escape");
  CHECK(all[3].first == "meta");
}

TEST_CASE("connectors: what passed the check is made, and opens only where it may",
          "[connectors]") {
  const test::TempDir directory;
  SystemClock clock;
  SystemRandom random;
  const sink::Environment environment{"shop", "lake", &clock, &random};
  CHECK(std::string(connectors::name_of(null::Options{})) == "null");
  CHECK(connectors::make(null::Options{}, environment).value()->open().ok());

  const Options options = stage_options("file://" + directory.path(), "%U");
  CHECK(std::string(connectors::name_of(options)) == "stage");
  auto sink = connectors::make(options, environment);
  REQUIRE(sink.ok());
  CHECK(sink.value()->open().ok());

  auto second = connectors::make(options, environment);
  const Status refused = second.value()->open();
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::Invalid);
  REQUIRE(sink.value()->close().ok());
  CHECK(second.value()->open().ok());

  auto missing = connectors::make(stage_options("file:///no/such/directory", "%U"), environment);
  const Status not_there = missing.value()->open();
  REQUIRE_FALSE(not_there.ok());
  CHECK(not_there.error().kind == ErrorKind::Invalid);
  CHECK(not_there.error().what.find("/no/such/directory") != std::string::npos);
}
