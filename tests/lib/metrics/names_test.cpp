#include "lib/metrics/names.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

using namespace slotcast;

TEST_CASE("metrics: names are unique and follow Prometheus' rules", "[metrics]") {
  std::set<std::string> seen;
  for (const metrics::Name& metric : metrics::kAll) {
    const std::string name = metric.name;
    CAPTURE(name);
    CHECK(seen.insert(name).second);
    CHECK((name.starts_with("slotcast_") || name.starts_with("process_")));
    CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos);
    CHECK((name.find("__") == std::string::npos && !name.ends_with("_")));
    CHECK(name.ends_with("_total") == (metric.type == metrics::Type::Counter));
    // Base units only: a dashboard must never have to guess a factor.
    for (const char* unit : {"milli", "micro", "kilo", "mega", "_ms", "_us", "_kb", "_mb"}) {
      CHECK(name.find(unit) == std::string::npos);
    }
    CHECK(std::string(metric.help).size() > 5);
    CHECK_FALSE(std::string(metric.help).ends_with("."));
  }
}
