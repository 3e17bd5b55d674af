#include "daemon/admin/metrics.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <sstream>

#include "lib/metrics/names.h"
#include "tests/support/snapshots.h"

using namespace slotcast;

namespace {

// What a scraper makes of the page: an own reading of the text format 0.0.4.
struct Scrape {
  std::map<std::string, std::string> types;
  std::set<std::string> helps;
  std::map<std::string, double> samples;  // by name{labels}, as printed
  std::vector<std::string> mistakes;
};

// Where the labels that start at `at` end; npos when they are not `{key="value",…}` as the format
// has it: in a value only \\, \" and \n are escapes, and a quote ends it.
std::size_t end_of_labels(const std::string& line, std::size_t at) {
  while (at < line.size() && line[at] != '}') {
    const std::size_t equals = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_,", at + 1);
    if (equals == std::string::npos || line.compare(equals, 2, "=\"") != 0)
      return std::string::npos;
    for (at = equals + 2; at < line.size() && line[at] != '"'; ++at) {
      if (line[at] != '\\') continue;
      if (++at == line.size() || std::string("\\\"n").find(line[at]) == std::string::npos) {
        return std::string::npos;
      }
    }
    ++at;
  }
  return at < line.size() ? at + 1 : std::string::npos;
}

void read_sample(const std::string& line, Scrape& scrape) {
  const std::size_t name = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_");
  const bool has_labels = name != std::string::npos && line[name] == '{';
  const std::size_t end = has_labels ? end_of_labels(line, name) : name;
  if (end == std::string::npos || line[end] != ' ' ||
      line.find_first_not_of("0123456789.e+-", end + 1) != std::string::npos) {
    scrape.mistakes.push_back("not a sample: " + line);
  } else if (!scrape.types.contains(line.substr(0, name))) {
    scrape.mistakes.push_back("before its TYPE: " + line);
  } else if (!scrape.samples.emplace(line.substr(0, end), std::stod(line.substr(end))).second) {
    scrape.mistakes.push_back("twice: " + line);
  }
}

Scrape scrape(const admin::Snapshot& snapshot) {
  Scrape scrape;
  std::istringstream lines(admin::metrics_text(snapshot));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string hash, kind, name, type;
    words >> hash >> kind >> name >> type;
    if (hash != "#") {
      read_sample(line, scrape);
    } else if (kind == "TYPE" && !scrape.types.emplace(name, type).second) {
      scrape.mistakes.push_back("two families: " + name);
    } else if (kind == "HELP") {
      scrape.helps.insert(name);
    }
  }
  return scrape;
}

}  // namespace

TEST_CASE("metrics: the page has every name once, with its type and help", "[admin][metrics]") {
  const Scrape page = scrape(test::healthy_snapshot());
  CHECK(page.mistakes.empty());
  CHECK(page.types.size() == metrics::kAll.size());
  for (const metrics::Name& name : metrics::kAll) {
    CAPTURE(name.name);
    REQUIRE(page.types.contains(name.name));
    CHECK(page.helps.contains(name.name));
    CHECK(page.types.at(name.name) == (name.type == metrics::Type::Counter ? "counter" : "gauge"));
  }
}

TEST_CASE("metrics: the ladder and a sink's numbers are the snapshot's", "[admin][metrics]") {
  const auto samples = scrape(test::healthy_snapshot()).samples;
  const std::string pipeline = "{pipeline=\"shop\"}";
  CHECK(samples.at("slotcast_head_lsn_bytes" + pipeline) == double(0x100000900));
  CHECK(samples.at("slotcast_received_lsn_bytes" + pipeline) == double(0x100000800));
  CHECK(samples.at("slotcast_logged_lsn_bytes" + pipeline) == double(0x100000700));
  CHECK(samples.at("slotcast_confirmed_lsn_bytes" + pipeline) == double(0x100000600));
  CHECK(samples.at("slotcast_source_lag_bytes" + pipeline) == double(0x200));
  CHECK(samples.at("slotcast_duplicate_transactions_total" + pipeline) == 104);
  CHECK(samples.at("slotcast_ready" + pipeline) == 1);
  const std::string sink = "{pipeline=\"shop\",sink=\"archive\",connector=\"stage\"}";
  CHECK(samples.at("slotcast_sink_delivered_lsn_bytes" + sink) == 301);
  CHECK(samples.at("slotcast_sink_lag_seconds" + sink) == 300.25);
  CHECK(samples.at("slotcast_sink_rows_total" + sink) == 303);
  CHECK(samples.at("slotcast_sink_retries_total" + sink) == 306);
  CHECK(samples.at("process_resident_memory_bytes") > 1e6);
}

TEST_CASE("metrics: exactly one state is 1 for capture, the snapshot and each sink",
          "[admin][metrics]") {
  for (const admin::Snapshot& snapshot : {test::healthy_snapshot(), test::nasty_snapshot()}) {
    std::map<std::string, double> sums;
    for (const auto& [name, value] : scrape(snapshot).samples) {
      if (name.find("_state{") == std::string::npos) continue;
      sums[name.substr(0, name.find("state=\""))] += value;
    }
    CHECK(sums.size() == 2 + snapshot.sinks.size());
    for (const auto& [name, sum] : sums) {
      CAPTURE(name);
      CHECK(sum == 1);
    }
  }
}

TEST_CASE("metrics: quotes, backslashes and line breaks in labels stay within them",
          "[admin][metrics]") {
  admin::Snapshot snapshot = test::nasty_snapshot();
  snapshot.pipeline = "a\"} 1\nevil_total 5\\";
  const Scrape page = scrape(snapshot);
  CHECK(page.mistakes.empty());
  CHECK_FALSE(page.types.contains("evil_total"));
  CHECK(page.types.size() == metrics::kAll.size());
}

TEST_CASE("metrics: a slot not asked about yet shows nothing rather than zeros",
          "[admin][metrics]") {
  admin::Snapshot snapshot = test::healthy_snapshot();
  snapshot.slot_health.known = false;
  for (const auto& [name, value] : scrape(snapshot).samples) {
    CHECK_FALSE(name.starts_with("slotcast_slot_"));
  }
}
