// Goal:   a publication leaves out only what no route asks for, and never what would make the
//         application's statements fail.
// Method: routes and tables by hand, with what the PostgreSQL documentation says of them; that the
//         server agrees is tests/lib/capture/narrower_test.cpp.
#include "lib/route/pushdown.h"

#include <catch2/catch.hpp>

#include "tests/support/changes.h"

using namespace slotcast;
using namespace slotcast::test;
using Catch::Contains;
using route::find_pushdown;
using route::Publishable;
using route::Pushdown;
using route::Route;

namespace {

Route route_of(const std::string& from, const std::string& where = "",
               const std::string& select = "") {
  static int count = 0;
  Route route;
  route.name = "routes[" + std::to_string(count++) + "]";
  route.from.push_back(std::move(route::TablePattern::parse(from)).value());
  if (where.empty() && select.empty()) return route;
  auto shaping = std::make_shared<route::Shaping>();
  shaping->route = route.name;
  shaping->place = [](route::Shaping::Clause, std::uint32_t offset) {
    return "at " + std::to_string(offset);
  };
  if (!where.empty()) {
    shaping->where = std::move(sql::parse_where(where).value);
    shaping->where_text = where;
    REQUIRE(shaping->where);
  }
  if (!select.empty()) shaping->select = std::move(sql::parse_select(select).value);
  route.shaping = std::move(shaping);
  return route;
}

// (id int4 key, n int4, note text, big text)
Publishable table(char identity = 'd') {
  Publishable table;
  table.relation = make_relation("public", "t",
                                 {{"id", TypeClass::Integer, true},
                                  {"n", TypeClass::Integer},
                                  {"note", TypeClass::Text},
                                  {"big", TypeClass::Text}},
                                 identity);
  for (Column& column : table.relation.columns) {
    column.type_oid = column.base_oid = column.type_class == TypeClass::Integer ? 23 : 25;
    if (column.type_class == TypeClass::Text) column.collation = Collation::Equality;
    column.is_primary_key = column.name == "id";
    if (identity == 'f') column.is_key = true;
    if (column.is_key) table.in_every_identity.insert(column.name);
  }
  table.has_full_identity = identity == 'f';
  if (identity != 'f') table.in_any_identity = {"id"};
  return table;
}

std::string why(const Pushdown& pushdown) {
  std::string all;
  for (const std::string& each : pushdown.why_not) all += each + "\n";
  return all;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a table that no route is about, or one without clauses, keeps all",
          "[route][pushdown]") {
  const Pushdown none = find_pushdown({route_of("public.other", "id = 1", "id")}, table());
  CHECK((none.columns.empty() && none.filter.empty() && none.why_not.empty()));
  const Pushdown plain = find_pushdown({route_of("public.t")}, table());
  CHECK((plain.columns.empty() && plain.filter.empty()));
  CHECK_THAT(why(plain), Contains("has no where") && Contains("has no select"));
}

TEST_CASE("columns: those of every select and where, and the keys", "[route][pushdown]") {
  const Pushdown one = find_pushdown({route_of("public.t", "", "upper(note) AS shout")}, table());
  CHECK(one.columns == Names{"id", "note"});
  const Pushdown asked = find_pushdown(
      {route_of("public.*", "n > 1", "note AS x"), route_of("public.t", "", "big")}, table());
  CHECK(asked.columns.empty());  // all four
  CHECK_FALSE(asked.why_not.empty());
  CHECK(find_pushdown({route_of("public.t", "n > 1", "id")}, table()).columns == Names{"id", "n"});
  Publishable other_key = table();
  other_key.in_any_identity = {"n"};
  CHECK(find_pushdown({route_of("public.t", "", "note")}, other_key).columns ==
        Names{"id", "n", "note"});
}

TEST_CASE("columns: one route that needs all is enough", "[route][pushdown]") {
  const Route few = route_of("public.t", "", "id");
  for (const Route& all : {route_of("public.t"), route_of("public.t", "id = 1"),
                           route_of("public.t", "", "*, upper(note) AS shout")}) {
    CHECK(find_pushdown({few, all}, table()).columns.empty());
  }
}

TEST_CASE("columns: not with identity full, nor where only inserts are sent", "[route][pushdown]") {
  const std::vector<Route> few = {route_of("public.t", "", "id")};
  CHECK_THAT(why(find_pushdown(few, table('f'))), Contains("REPLICA IDENTITY FULL"));
  CHECK(find_pushdown(few, table('f')).columns.empty());
  Publishable of_partition = table();
  of_partition.has_full_identity = of_partition.is_partitioned = true;
  CHECK(find_pushdown(few, of_partition).columns.empty());
  of_partition.sends_updates = false;
  CHECK(find_pushdown(few, of_partition).columns.empty());
  CHECK_THAT(why(find_pushdown(few, of_partition)), Contains("only inserts are sent"));
}

TEST_CASE("rows: a filter of each route, or none", "[route][pushdown]") {
  const Route low = route_of("public.t", "id < 10");
  const Route high = route_of("public.t", "id > 90 -- high");
  CHECK(find_pushdown({low}, table()).filter == "id < 10");
  CHECK(find_pushdown({low, high, low}, table()).filter == "(id < 10) OR (id > 90 -- high\n)");
  CHECK(find_pushdown({low, route_of("public.t", "", "id")}, table()).filter.empty());
  CHECK(find_pushdown({low, route_of("public.t", "id / 2 = 1")}, table()).filter.empty());
  CHECK(find_pushdown({low, route_of("public.t", "_op = 'c'")}, table()).filter.empty());
  CHECK(find_pushdown({low, route_of("public.t", "elsewhere IS NULL")}, table()).filter.empty());
}

TEST_CASE("rows: by columns of the identity alone", "[route][pushdown]") {
  const std::vector<Route> by_note = {route_of("public.t", "note = 'x'")};
  CHECK(find_pushdown(by_note, table()).filter.empty());
  CHECK_THAT(why(find_pushdown(by_note, table())),
             Contains("all rows: at 0: routes[") && Contains("column note is not in the replica"));
  CHECK_THAT(why(find_pushdown({route_of("public.t", "id = 1 AND n % 2 = 1")}, table())),
             Contains("all rows: at 13: routes["));
  CHECK_FALSE(find_pushdown(by_note, table('f')).filter.empty());
  Publishable inserts = table();
  inserts.sends_updates = false;
  inserts.in_every_identity.clear();
  CHECK_FALSE(find_pushdown(by_note, inserts).filter.empty());
}

TEST_CASE("rows: of partitions, by what the next one will have too", "[route][pushdown]") {
  const std::vector<Route> by_id = {route_of("public.t", "id = 1")};
  const std::vector<Route> by_note = {route_of("public.t", "note = 'x'")};
  Publishable parted = table('f');
  parted.is_partitioned = true;
  CHECK_FALSE(find_pushdown(by_id, parted).filter.empty());
  CHECK(find_pushdown(by_note, parted).filter.empty());
  parted.in_every_identity = {"note"};
  CHECK(find_pushdown(by_id, parted).filter.empty());
}
