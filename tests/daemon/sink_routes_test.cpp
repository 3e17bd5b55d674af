// Goal:   a route that is new to a sink brings the rows of exactly the tables that are new to it,
// and
//         one with other expressions replaces them.
// Method: what one start remembers is held against the configuration of the next.
#include "daemon/sink_routes.h"

#include <catch2/catch.hpp>

#include "lib/io/state_file.h"
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

TEST_CASE("sink routes: what was not checked is not remembered", "[config]") {
  test::PowerDisk state;
  Config before = config_of({{"public.*", {"a", "b"}}});
  CHECK(SinkRoutes(before).unchecked(state).value().empty());  // nothing to check
  before.routes[0].where.text = "id > 0";
  CHECK(SinkRoutes(before).unchecked(state).value() == std::set<std::string>{"a", "b"});
  REQUIRE(SinkRoutes(before).remember(state).ok());
  CHECK(SinkRoutes(before).unchecked(state).value().empty());

  // Of a another filter, of b one route more, of which there is nothing to check by itself.
  Config after = config_of({{"public.*", {"a"}}, {"public.*", {"b"}}, {"audit.*", {"b"}}});
  after.routes[0].where.text = "id > 1";
  after.routes[1].where.text = "id > 0";
  const std::set<std::string> waiting = SinkRoutes(after).unchecked(state).value();
  CHECK(waiting == std::set<std::string>{"a", "b"});
  CHECK(SinkRoutes(after).news(state, waiting).value().empty());
  REQUIRE(SinkRoutes(after).remember(state, {"a"}).ok());
  CHECK(SinkRoutes(after).unchecked(state).value() == std::set<std::string>{"a"});
  const Requests news = SinkRoutes(after).news(state).value();
  REQUIRE(news.size() == 1);
  CHECK((news[0].sinks == std::set<std::string>{"a"} && news[0].is_resync));

  // As before again: a got nothing by the other one.
  after.routes[0].where.text = "id > 0";
  CHECK(SinkRoutes(after).unchecked(state).value().empty());
  CHECK(SinkRoutes(after).news(state).value().empty());
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

TEST_CASE("sink routes: another where or select replaces the rows of its tables", "[config]") {
  test::PowerDisk state;
  Config config = config_of({{"public.*", {"a"}}, {"audit.*", {"a"}}, {"audit.*", {"b.copy"}}});
  REQUIRE(SinkRoutes(config).remember(state).ok());
  const auto news_then_remember = [&] {
    const Requests news = SinkRoutes(config).news(state).value();
    REQUIRE(SinkRoutes(config).remember(state).ok());
    CHECK(SinkRoutes(config).news(state).value().empty());
    return news;
  };

  // From none, to another, to none. The other sink's table, and the other target, are not read.
  for (const char* where : {"id > 1", "id > 2", ""}) {
    config.routes[1].where.text = where;
    const Requests news = news_then_remember();
    REQUIRE(news.size() == 1);
    CHECK(news[0].sinks == std::set<std::string>{"a"});
    CHECK(news[0].is_resync);
    CHECK(news[0].only == std::vector<std::string>{"audit.*"});
  }
  for (const char* select : {"id, 'a  b' AS x", "id, 'a b' AS x", "*"}) {
    config.routes[2].select.text = select;
    const Requests news = news_then_remember();
    REQUIRE(news.size() == 1);
    CHECK(news[0].sinks == std::set<std::string>{"b"});
    CHECK(news[0].is_resync);
    CHECK(news[0].except.empty());
  }
  config.routes[2].select.text = "*\n";
  CHECK(news_then_remember().empty());
  config.sinks[0].on_error = config.sinks[1].on_error = OnError::Divert;
  CHECK(news_then_remember().empty());
}

TEST_CASE("sink routes: a filter beside others only adds rows", "[config]") {
  test::PowerDisk state;
  REQUIRE(SinkRoutes(config_of({{"public.*", {"a"}}})).remember(state).ok());
  Config more = config_of({{"public.*", {"a"}}, {"public.*", {"a"}}, {"audit.*", {"a"}}});
  more.routes[1].where.text = more.routes[2].where.text = "id > 1";
  const Requests news = SinkRoutes(more).news(state).value();
  REQUIRE(news.size() == 1);
  CHECK_FALSE(news[0].is_resync);
  CHECK(news[0].only == std::vector<std::string>{"audit.*", "public.*"});
  CHECK(news[0].except.empty());
}

TEST_CASE("sink routes: one table's filter instead of all tables' rows replaces them", "[config]") {
  test::PowerDisk state;
  Config before = config_of({{"public.*", {"a"}}, {"public.t", {"a"}}});
  before.routes[1].where.text = "id > 1";
  REQUIRE(SinkRoutes(before).remember(state).ok());
  Config now = config_of({{"public.*", {"a"}}});
  now.routes[0].where.text = "id > 1";
  const Requests news = SinkRoutes(now).news(state).value();
  REQUIRE(news.size() == 1);
  CHECK(news[0].is_resync);
  CHECK(news[0].only == std::vector<std::string>{"public.*"});
  CHECK(news[0].except.empty());
}

TEST_CASE("sink routes: what was remembered before there were expressions is still known",
          "[config]") {
  test::PowerDisk state;
  REQUIRE(io::write_state_file(state, "routes", "a public.* %\nb public.* copy\n").ok());
  Config config = config_of({{"public.*", {"a", "b.copy"}}});
  CHECK(SinkRoutes(config).news(state).value().empty());
  config.routes[0].where.text = "id > 1";
  CHECK(SinkRoutes(config).news(state).value().size() == 2);
  for (const char* damaged : {"a public.*\n", "a public.* % %\n", "a b c d e f\n"}) {
    REQUIRE(io::write_state_file(state, "routes", damaged).ok());
    const auto news = SinkRoutes(config).news(state);
    REQUIRE_FALSE(news.ok());
    CHECK(news.error().kind == ErrorKind::Corrupt);
  }
}

TEST_CASE("sink routes: a batch in doubt fits only the expressions it was made with", "[config]") {
  Config config = config_of({{"public.*", {"a"}}, {"public.*", {"b"}}});
  const auto generation = [&](std::size_t sink) {
    return SinkRoutes(config).generation_of(config.sinks[sink]);
  };
  std::set<std::uint64_t> seen = {generation(0)};
  const std::uint64_t other = generation(1);
  config.routes[0].where.text = "id > 1";
  CHECK(seen.insert(generation(0)).second);
  config.routes[0].select.text = "id";
  CHECK(seen.insert(generation(0)).second);
  config.routes[0].where.text = "";
  CHECK(seen.insert(generation(0)).second);
  config.routes[0].where.text = "id";
  config.routes[0].select.text = "";
  CHECK(seen.insert(generation(0)).second);
  const std::uint64_t last = generation(0);
  config.routes[0].where.text = "  id\n";
  config.sinks[0].on_error = OnError::Skip;
  CHECK(generation(0) == last);
  CHECK(generation(1) == other);
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
