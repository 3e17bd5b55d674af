#include "daemon/status_command.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "daemon/admin/json.h"
#include "tests/support/snapshots.h"

using namespace slotcast;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string rendered(const admin::Snapshot& snapshot) {
  return render_status(admin::status_json(snapshot), 80);
}

}  // namespace

TEST_CASE("status: says how source, log and each sink stand", "[status]") {
  const std::string text = rendered(test::healthy_snapshot());
  CAPTURE(text);
  for (const char* part :
       {"shop", "slotcast_shop", "ready", "streaming", "1/900", "1/700", "110 B of 111 B", "lake",
        "archive", "running", "0/12D", "302 B", "300.2", "303", "304", "306"}) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
  CHECK(text.find("NOT READY") == std::string::npos);
  CHECK(text.find("error") == std::string::npos);
}

TEST_CASE("status: no line passes 80 columns, whatever it is told", "[status]") {
  for (const auto& snapshot :
       {admin::Snapshot(), test::healthy_snapshot(), test::nasty_snapshot()}) {
    for (const std::string& line : lines_of(rendered(snapshot))) {
      CAPTURE(line);
      CHECK(line.size() <= 80);
    }
  }
}

TEST_CASE("status: every number of the largest size still keeps its column", "[status]") {
  admin::Snapshot snapshot = test::healthy_snapshot();
  // 2^n - 1 walks each column over its width.
  for (int power = 0; power < 64; ++power) {
    branch::BranchStatus& sink = snapshot.sinks[0];
    const std::uint64_t number = (std::uint64_t{2} << power) - 1;
    sink.delivered = Lsn{number};
    sink.rows = sink.batches = sink.retries = sink.lag_bytes = number;
    sink.lag_seconds = static_cast<double>(number);
    for (const std::string& line : lines_of(rendered(snapshot))) {
      CAPTURE(line, power);
      CHECK(line.size() <= 80);
    }
  }
}

TEST_CASE("status: an error's text cannot move the terminal's cursor", "[status]") {
  const std::string text = rendered(test::nasty_snapshot());
  CHECK(rendered([] {
          admin::Snapshot snapshot = test::healthy_snapshot();
          snapshot.warnings = {"C1 controls: \xC2\x9B 31m, but an \xC3\xA9 stays"};
          return snapshot;
        }())
            .find("\xC2\x9B") == std::string::npos);
  for (const char c : text) {
    CHECK((c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F)));
  }
}

TEST_CASE("status: errors and warnings keep all their words when wrapped", "[status]") {
  admin::Snapshot snapshot = test::healthy_snapshot();
  std::string long_error;
  for (int i = 0; i < 200; ++i) long_error += "word" + std::to_string(i) + " ";
  snapshot.sinks[0].last_error = long_error;
  snapshot.warnings = {long_error};
  std::istringstream words(rendered(snapshot));
  std::vector<int> seen(200);
  for (std::string word; words >> word;) {
    if (word.starts_with("word")) ++seen.at(std::stoul(word.substr(4)));
  }
  for (const int count : seen) CHECK(count == 2);
}

TEST_CASE("status: what is not JSON, or another program's JSON, is no crash", "[status]") {
  CHECK(render_status("", 80) == "the daemon's answer is not JSON\n");
  CHECK(render_status("<html>", 80) == "the daemon's answer is not JSON\n");
  for (const char* json : {"{}", "[]", "1", "null", R"({"sinks":1,"capture":[],"log":"x"})",
                           R"({"sinks":[1,{},null,[]],"warnings":[1,{}]})"}) {
    CAPTURE(json);
    CHECK_FALSE(render_status(json, 80).empty());
  }
  const std::string whole = admin::status_json(test::nasty_snapshot());
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    CHECK_FALSE(render_status(whole.substr(0, size), 80).empty());
  }
}

TEST_CASE("status: nobody at the address is exit 1, not a crash", "[status]") {
  config::Config config;
  config.admin = {"127.0.0.1", 1};
  CHECK(print_status(config, false) == 1);
  CHECK(check_health(config) == 1);
  config.admin.port = 0;
  CHECK(print_status(config, true) == 1);
}
