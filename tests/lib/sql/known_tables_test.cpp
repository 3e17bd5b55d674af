// Goal:   a column that the server has, and an earlier version of the table in the log has not, is
//         NULL there; one that nobody has is an error.
// Method: a router that meets the version of the log after the server's, and before.
#include "lib/sql/known_tables.h"

#include <catch2/catch.hpp>

#include "lib/route/router.h"
#include "tests/support/changes.h"

using namespace slotcast;
using namespace slotcast::test;
using sql::KnownTables;

namespace {

Relation table(const std::vector<std::string>& columns, std::uint64_t version) {
  Relation relation = make_relation("public", "t", {});
  relation.version = version;
  for (const std::string& name : columns) {
    Column column;
    column.name = name;
    column.type_oid = column.base_oid = 23;
    relation.columns.push_back(column);
  }
  return relation;
}

route::Router router(const std::string& select, std::shared_ptr<KnownTables> known) {
  auto shaping = std::make_shared<route::Shaping>();
  shaping->place = [](route::Shaping::Clause, std::uint32_t) { return std::string("here"); };
  shaping->select = std::move(sql::parse_select(select).value);
  route::Route route;
  route.from.push_back(std::move(route::TablePattern::parse("public.t")).value());
  route.shaping = std::move(shaping);
  return route::Router({std::move(route)}, std::move(known));
}

}  // namespace

TEST_CASE("known tables: the log has fewer columns than the server", "[route][pushdown]") {
  const auto known = std::make_shared<KnownTables>();
  auto wide = router("id, more", known);
  const Relation logged = table({"id"}, next_relation_version());
  const auto unasked = wide.ways_for(logged);
  REQUIRE_FALSE(unasked.ok());
  CHECK(unasked.error().kind == ErrorKind::Transient);
  known->add_at_server(table({"id", "more"}, next_relation_version()));
  known->complete();
  CHECK(wide.ways_for(logged).ok());
  CHECK(wide.ways_for(table({"id"}, next_relation_version())).ok());
  const auto wrong = router("id, elsewhere", known).ways_for(logged);
  REQUIRE_FALSE(wrong.ok());
  CHECK(wrong.error().kind == ErrorKind::Invalid);
}

TEST_CASE("known tables: a row that was kept does not undo what is known", "[route][letters]") {
  const auto known = std::make_shared<KnownTables>();
  known->add(table({"id", "more"}, next_relation_version()));
  known->complete();
  auto narrow = router("id", known);
  REQUIRE(narrow.ways_for_kept(table({"id"}, next_relation_version())).ok());
  Relation other = make_relation("public", "other", {});
  const auto absent = known->others([](const auto&, const auto&) { return true; }, other);
  CHECK(absent.size() == 2);
}
