// Goal:   what is wrong with routes is said all at once, each with its place in the configuration
// and
//         the table that it is about.
// Method: a configuration and a real server, whose tables fit some of the routes.
#include "daemon/route_check.h"

#include <catch2/catch.hpp>

#include "config/load.h"
#include "lib/pg/options.h"
#include "tests/support/postgres.h"

using namespace slotcast;

namespace {

constexpr const char* kTables = R"(
CREATE TABLE a (id int PRIMARY KEY, n int, note text, big text);
CREATE TABLE b (id int PRIMARY KEY, n text, note text, big text);
ALTER TABLE a REPLICA IDENTITY FULL;
ALTER TABLE b REPLICA IDENTITY FULL)";

constexpr const char* kHead = R"(name: test
state: /tmp/none
source:
  postgres: "URI"
sinks:
  lake: {null: {}}
routes:
)";

std::vector<std::string> find(const test::Postgres& server, const std::string& routes) {
  std::string text = kHead + routes;
  text.replace(text.find("URI"), 3, server.uri());
  const auto loaded = config::load_text("p.yaml", text, {});
  for (const std::string& error : loaded.errors) FAIL_CHECK(error);
  REQUIRE(loaded.config);
  const SinkRoutes sinks(*loaded.config);
  RouteCheck check(*loaded.config, sinks);
  auto sql = pg::Connection::open(loaded.config->source, pg::Connection::Mode::Sql);
  REQUIRE(sql.ok());
  return check.find(sql.value()).value().mistakes;
}

using Mistakes = std::vector<std::string>;

}  // namespace

TEST_CASE("route check: of several tables the one that the route does not fit is named",
          "[daemon][postgres]") {
  const test::Postgres server;
  server.psql(kTables);
  CHECK(find(server, R"(
  - {from: [public.a, public.b], where: "id > 0 AND n > 1", to: lake.one}
)") == Mistakes{"p.yaml:9:55: routes[0].where: table public.b: operator does not exist: text > "
                "integer"});
  CHECK(find(server, R"(
  - {from: "public.*", to: lake.one, select: "id, n / 2 AS half, upper(n) AS loud"}
)") == Mistakes{"p.yaml:9:66: routes[0].select: table public.a: function upper(integer) does not "
                "exist",
                "p.yaml:9:53: routes[0].select: table public.b: operator does not exist: text / "
                "integer"});
}

TEST_CASE("route check: all wrong routes of a table are named", "[daemon][postgres]") {
  const test::Postgres server;
  server.psql(kTables);
  CHECK(find(server, R"(
  - {from: public.a, where: note > 1, to: lake.one}
  - {from: public.a, where: id > 1, to: lake.two}
  - {from: public.a, select: "id, nobody", to: lake.three}
  - {from: public.a, to: lake.two}
  - {from: public.a, select: id, to: lake.one}
)") == Mistakes{
           "p.yaml:9:34: routes[0].where: table public.a: operator does not exist: text > integer",
           "p.yaml:11:35: routes[2].select: table public.a: column \"nobody\" does not exist",
           "p.yaml:10:29: routes[1].where: table public.a: it goes to one target by routes[1] and "
           "by routes[3]: with where or select there may be only one way",
           "p.yaml:13:30: routes[4].select: table public.a: it goes to one target by routes[0] "
           "and by routes[4]: with where or select there may be only one way",
       });
}

TEST_CASE("route check: what an UPDATE need not repeat is named with its place",
          "[daemon][postgres]") {
  const test::Postgres server;
  server.psql(kTables);
  server.psql("ALTER TABLE a REPLICA IDENTITY DEFAULT");
  const std::string remedy =
      ". Do without it, or: ALTER TABLE \"public\".\"a\" REPLICA IDENTITY FULL";
  const std::string routes = R"(
  - {from: public.a, where: id > 1 AND note = 'x', to: lake.one}
  - {from: public.a, select: "id, n, note || big AS both", to: lake.two}
  - {from: public.a, where: (n > 1), to: lake.three}
  - {from: public.a, where: (n > 1), select: "id, n", to: lake.four}
)";
  CHECK(find(server, routes) ==
        Mistakes{"p.yaml:9:40: routes[0].where: table public.a: an UPDATE need not repeat column "
                 "note when it is long and stays, but where asks for it" +
                     remedy,
                 "p.yaml:10:38: routes[1].select: table public.a: an UPDATE need not repeat column "
                 "note when it is long and stays, but select makes a value of it and of others" +
                     remedy,
                 "p.yaml:11:30: routes[2].where: table public.a: an UPDATE need not repeat column "
                 "note when it is long and stays, but a row that enters the filter needs it" +
                     remedy});
  server.psql("ALTER TABLE a REPLICA IDENTITY FULL");
  CHECK(find(server, routes).empty());
}

TEST_CASE("route check: a generated column is refused, also where another table has it for real",
          "[daemon][postgres]") {
  const test::Postgres server;
  server.psql(R"(
CREATE TABLE a (id int PRIMARY KEY, n int, total int);
CREATE TABLE b (id int PRIMARY KEY, n int, total int GENERATED ALWAYS AS (n * 2) STORED);
ALTER TABLE a REPLICA IDENTITY FULL;
ALTER TABLE b REPLICA IDENTITY FULL)");
  CHECK(find(server, R"(
  - {from: "public.*", to: lake, select: "id, total"}
)") == Mistakes{"p.yaml:9:47: routes[0].select: table public.b: column total is generated, and the "
                "server does not send it; write its expression"});
  CHECK(find(server, R"(
  - {from: public.b, to: lake, where: "n + total > 1"}
)") == Mistakes{"p.yaml:9:44: routes[0].where: table public.b: column total is generated, and the "
                "server does not send it; write its expression"});
  CHECK(find(server, R"(
  - {from: public.b, to: lake, select: "id, n * 2 AS total"}
  - {from: public.a, to: lake, select: "id, total"}
)")
            .empty());
}
