// Goal:   a route that is new to a sink brings the rows of exactly the tables that are new to it.
#include "daemon/sink_routes.h"

#include <catch2/catch.hpp>

#include "tests/support/power_disk.h"

using namespace slotcast;
using config::Config;
using Requests = std::vector<snapshot::Request>;

namespace {

Config config_of(const std::vector<std::pair<std::string, std::vector<std::string>>>& routes) {
  Config config;
  for (const char* name : {"a", "b"}) config.sinks.emplace_back().name = name;
  for (const auto& [from, targets] : routes) {
    config::Route& route = config.routes.emplace_back();
    route.from.push_back({from, {}});
    for (const std::string& target : targets) {
      const std::size_t dot = target.find('.');
      route.to.push_back(
          {target.substr(0, dot), dot == std::string::npos ? "" : target.substr(dot + 1), {}});
    }
  }
  return config;
}

}  // namespace

TEST_CASE("sink routes: only what is new to a sink that is known is read", "[config]") {
  test::PowerDisk state;
  const Config first = config_of({{"public.*", {"a"}}});
  CHECK(SinkRoutes(first).news(state).value().empty());
  REQUIRE(SinkRoutes(first).remember(state).ok());
  CHECK(SinkRoutes(first).news(state).value().empty());

  // b is new as a whole, which is not for this to say.
  const Config more = config_of({{"public.*", {"a", "b"}}, {"audit.*", {"a"}}});
  Requests news = SinkRoutes(more).news(state).value();
  REQUIRE(news.size() == 1);
  CHECK(news[0].sinks == std::set<std::string>{"a"});
  CHECK(news[0].only == std::vector<std::string>{"audit.*"});
  CHECK(news[0].except == std::vector<std::string>{"public.*"});
  REQUIRE(SinkRoutes(more).remember(state).ok());

  // The same table at another target has to be read for that one.
  const Config target = config_of({{"public.*", {"a", "b", "b.copy"}}, {"audit.*", {"a"}}});
  news = SinkRoutes(target).news(state).value();
  REQUIRE(news.size() == 1);
  CHECK(news[0].sinks == std::set<std::string>{"b"});
  CHECK(news[0].only == std::vector<std::string>{"public.*"});
  CHECK(news[0].except.empty());
}

TEST_CASE("sink routes: one that was taken away and comes back is new", "[config]") {
  test::PowerDisk state;
  const Config both = config_of({{"public.*", {"a"}}, {"audit.*", {"a"}}});
  REQUIRE(SinkRoutes(both).remember(state).ok());
  const Config one = config_of({{"public.*", {"a"}}});
  CHECK(SinkRoutes(one).news(state).value().empty());
  REQUIRE(SinkRoutes(one).remember(state).ok());
  CHECK(SinkRoutes(both).news(state).value().size() == 1);
}

TEST_CASE("sink routes: a sink that wants no rows gets none", "[config]") {
  test::PowerDisk state;
  REQUIRE(SinkRoutes(config_of({{"public.*", {"a"}}})).remember(state).ok());
  Config now = config_of({{"public.*", {"a"}}, {"audit.*", {"a"}}});
  now.sinks[0].start = config::Start::Now;
  CHECK(SinkRoutes(now).news(state).value().empty());
  pg::SourceTable table;
  table.schema = "audit";
  table.table = "log";
  CHECK(SinkRoutes(now).leads(table, "a"));
  CHECK(SinkRoutes(now).readers_of(table).empty());
}
