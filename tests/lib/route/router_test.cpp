#include "lib/route/router.h"

#include <catch2/catch.hpp>

#include "tests/support/changes.h"
#include "tests/support/shapes.h"

using namespace slotcast;
using route::Route;
using route::Router;
using route::TablePattern;

namespace {

Route make_route(const std::vector<std::string>& from, const std::string& target) {
  Route route;
  route.target = target;
  for (const std::string& text : from) route.from.push_back(TablePattern::parse(text).value());
  return route;
}

std::vector<std::string> targets(Router& router, const Relation& relation) {
  std::vector<std::string> targets;
  const auto ways = router.ways_for(relation, {});
  for (const route::Way& way : ways.value()) targets.push_back(way.target());
  return targets;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("router: a table goes to each target once, in the order of the routes", "[route]") {
  Router router({make_route({"s.a*", "s.ab"}, ""), make_route({"s.b"}, "b"),
                 make_route({"*.*"}, "all"), make_route({"s.a"}, "")});
  CHECK(targets(router, test::make_relation("s", "a", {})) == Names{"", "all"});
  CHECK(targets(router, test::make_relation("s", "ab", {})) == Names{"", "all"});
  CHECK(targets(router, test::make_relation("s", "b", {})) == Names{"b", "all"});
  CHECK(targets(router, test::make_relation("x", "a", {})) == Names{"all"});
  Router none({make_route({"s.a"}, "")});
  CHECK(targets(none, test::make_relation("s", "b", {})).empty());
  CHECK(targets(none, test::make_relation("s", "b", {})).empty());
}

TEST_CASE("router: a table that was renamed is routed by its new name from there on", "[route]") {
  Router router({make_route({"s.a"}, "")});
  Relation relation = test::make_relation("s", "a", {});
  CHECK(targets(router, relation) == Names{""});
  CHECK(targets(router, relation) == Names{""});
  const RelationId id = relation.id;
  relation = test::make_relation("s", "b", {});  // at the same address
  relation.id = id;
  CHECK(targets(router, relation).empty());
}

TEST_CASE("router: any number of versions is answered right, one after the other", "[route]") {
  Router router({make_route({"s.even"}, "")});
  for (int i = 0; i < 50'000; ++i) {
    const Relation relation = test::make_relation("s", i % 2 == 0 ? "even" : "odd", {});
    const auto ways = router.ways_for(relation, {});
    REQUIRE(ways.value().size() == (i % 2 == 0 ? 1 : 0));
  }
}

TEST_CASE("router: a sink that tells rows apart by their key gets all of it", "[route][sql]") {
  Relation relation = test::make_relation(
      "s", "t", {{"a", TypeClass::Integer, true}, {"b", TypeClass::Integer, true}, {"note"}});
  for (Column& column : relation.columns) column.type_oid = column.base_oid = 23;
  const auto mistakes = [&](const std::string& select, bool needs_key) {
    Route route = make_route({"s.t"}, "");
    route.shaping = test::make_shaping("", select);
    route.needs_key = needs_key;
    std::string all;
    for (const Error& each : Router({route}).find_ways(relation).mistakes) all += each.what;
    return all;
  };
  CHECK(mistakes("a, b", true) == "");
  CHECK(mistakes("note, b AS other, CAST(a AS text) AS a", true) == "");
  CHECK(mistakes("note, b", false) == "");
  CHECK(mistakes("note, b", true) ==
        "at 0: routes[0].select: table s.t: it leaves out a of the key, by which the sink tells "
        "rows apart");
  CHECK(mistakes("note, a % 2 AS a", true) ==
        "at 0: routes[0].select: table s.t: it leaves out a, b of the key, by which the sink tells "
        "rows apart");
}
