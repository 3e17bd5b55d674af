// Goal:   a column that any of a route's tables has in its latest version is NULL where a row's own
//         version lacks it, however far behind a branch is; one that nobody has is an error. The
//         labels of an enum are those that it has by now.
// Method: routers that share what is known, and meet versions of the log and the server's in any
//         order.
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

Relation other(const std::vector<std::string>& columns, std::uint64_t version) {
  Relation relation = table(columns, version);
  relation.table = "other";
  return relation;
}

// (id int4, mood: an enum)
Relation moody(std::vector<std::string> labels) {
  Relation relation = table({"id", "mood"}, next_relation_version());
  Column& mood = relation.columns[1];
  mood.type_oid = mood.base_oid = 50'000;
  mood.base_kind = 'e';
  mood.words = std::make_shared<const TypeWords>(TypeWords{"mood", std::move(labels)});
  return relation;
}

ChangeId at(std::uint64_t lsn, std::uint64_t ordinal = 1) {
  return {Lsn{lsn}, ordinal};
}

route::Router router(const std::string& select, std::shared_ptr<KnownTables> known) {
  auto shaping = std::make_shared<route::Shaping>();
  shaping->place = [](route::Shaping::Clause, std::uint32_t) { return std::string("here"); };
  shaping->select = std::move(sql::parse_select(select).value);
  route::Route route;
  route.from.push_back(std::move(route::TablePattern::parse("public.*")).value());
  route.shaping = std::move(shaping);
  return route::Router({std::move(route)}, std::move(known));
}

}  // namespace

TEST_CASE("known tables: the log has fewer columns than the server", "[route][pushdown]") {
  const auto known = std::make_shared<KnownTables>();
  auto wide = router("id, more", known);
  const Relation logged = table({"id"}, next_relation_version());
  const auto unasked = wide.ways_for(logged, at(10));
  REQUIRE_FALSE(unasked.ok());
  CHECK(unasked.error().kind == ErrorKind::Transient);
  known->add_at_server(table({"id", "more"}, next_relation_version()), Lsn{20});
  known->complete();
  CHECK(wide.ways_for(logged, at(10)).ok());
  // Behind the server's too: the publication may have left it out.
  CHECK(wide.ways_for(table({"id"}, next_relation_version()), at(30)).ok());
  CHECK(wide.ways_for(other({"id"}, next_relation_version()), at(30)).ok());
  const auto wrong = router("id, elsewhere", known).ways_for(logged, at(10));
  REQUIRE_FALSE(wrong.ok());
  CHECK(wrong.error().kind == ErrorKind::Invalid);
}

TEST_CASE("known tables: a row that was kept does not undo what is known", "[route][letters]") {
  const auto known = std::make_shared<KnownTables>();
  known->add(table({"id", "more"}, next_relation_version()), at(20));
  known->complete();
  auto narrow = router("id", known);
  REQUIRE(narrow.ways_for_kept(table({"id"}, next_relation_version())).ok());
  Relation other = make_relation("public", "other", {});
  const auto scope = known->scope_for([](const auto&, const auto&) { return true; }, other);
  CHECK(scope.absent.size() == 2);
}

TEST_CASE("known tables: a branch that lags takes nothing from one that is further on", "[route]") {
  const auto known = std::make_shared<KnownTables>();
  auto ahead = router("id, more", known);
  auto behind = router("id, more", known);
  known->complete();
  REQUIRE(ahead.ways_for(table({"id", "more"}, next_relation_version()), at(20)).ok());
  CHECK(behind.ways_for(table({"id"}, next_relation_version()), at(10)).ok());
  CHECK(behind.ways_for(other({"id"}, next_relation_version()), at(11)).ok());
  CHECK(ahead.ways_for(other({"id"}, next_relation_version()), at(21)).ok());
}

TEST_CASE("known tables: two versions in one transaction", "[route]") {
  const auto known = std::make_shared<KnownTables>();
  known->complete();
  known->add(table({"id", "more"}, next_relation_version()), at(20, 7));
  known->add(table({"id"}, next_relation_version()), at(20, 3));
  CHECK(router("id, more", known).ways_for(other({"id"}, next_relation_version()), at(20, 9)).ok());
}

TEST_CASE("known tables: a column that the server dropped is not one of other tables", "[route]") {
  const auto known = std::make_shared<KnownTables>();
  auto wide = router("id, more", known);
  known->add_at_server(table({"id"}, next_relation_version()), Lsn{20});
  known->complete();
  CHECK(wide.ways_for(table({"id", "more"}, next_relation_version()), at(10)).ok());
  CHECK_FALSE(wide.ways_for(other({"id"}, next_relation_version()), at(11)).ok());
  // Added once more.
  known->add(table({"id", "more"}, next_relation_version()), at(30));
  CHECK(wide.ways_for(other({"id"}, next_relation_version()), at(11)).ok());
}

TEST_CASE("known tables: an enum's labels are those of now, and of the row's time", "[route]") {
  const auto known = std::make_shared<KnownTables>();
  auto added = router("id, mood = 'new' AS is_new", known);
  auto renamed = router("id, mood = 'old' AS is_old", known);
  auto nobody = router("id, mood = 'none' AS is_none", known);
  const Relation logged = moody({"old"});
  CHECK_FALSE(added.ways_for(logged, at(10)).ok());
  known->add_at_server(moody({"new"}), Lsn{20});
  known->complete();
  CHECK(added.ways_for(logged, at(10)).ok());
  CHECK(renamed.ways_for(logged, at(10)).ok());
  CHECK_FALSE(nobody.ways_for(logged, at(10)).ok());
  // The log's catalog record stays what it was, however late a row comes under it.
  CHECK(added.ways_for(moody({"old"}), at(30)).ok());
  CHECK(added.ways_for(other({"id"}, next_relation_version()), at(31)).ok());
  CHECK_FALSE(renamed.ways_for(moody({"new"}), at(40)).ok());
}
