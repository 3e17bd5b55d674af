#include "tests/lib/preflight/scene.h"

using namespace slotcast;
using namespace slotcast::preflight;
using namespace slotcast::preflight::test;
using Catch::Matchers::Contains;

TEST_CASE("preflight: without an identity the reason and the next best one are said",
          "[preflight]") {
  Scene keyless;
  keyless.table("notes");
  CHECK_THAT(warnings(keyless), Contains("it has no primary key: UPDATE and DELETE are not"));
  CHECK_THAT(notes(keyless), Contains("a sink that is added later does not get its rows"));
  CHECK(has_sql(keyless, R"(-- ALTER TABLE "public"."notes" REPLICA IDENTITY FULL;)"));

  Scene indexed;
  indexed.table("no \"tes").better_index = "by code";
  CHECK(has_sql(indexed, R"(-- ALTER TABLE "public"."no ""tes" REPLICA IDENTITY USING INDEX )"
                         R"("by code";)"));

  Scene late;
  late.table("notes").primary_key = "id";
  late.facts.tables.back().primary_key_is_deferrable = true;
  CHECK_THAT(warnings(late), Contains("primary key is deferrable"));

  Scene nothing;
  nothing.table("notes").primary_key = "id";
  nothing.facts.tables.back().replica_identity = 'n';
  CHECK(has_sql(nothing, R"(-- ALTER TABLE "public"."notes" REPLICA IDENTITY DEFAULT;)"));

  Scene uneven;
  uneven.table("parts").kind = 'p';
  uneven.facts.tables.back().without_identity = "public.\"Low\"";
  CHECK_THAT(warnings(uneven), Contains("partition public.\"Low\" has no replica identity"));
  CHECK(has_sql(uneven, "-- ALTER TABLE public.\"Low\" REPLICA IDENTITY FULL;"));
  for (const Scene* scene : {&keyless, &indexed, &late, &nothing, &uneven}) {
    CHECK(errors(*scene) == "");
    CHECK(scene->report().tables.back().publication == "slotcast_shop_insert");
  }
}

TEST_CASE("preflight: identities that work but cost something", "[preflight]") {
  Scene full;
  full.facts.tables[0].replica_identity = 'f';
  full.facts.tables[0].identity_index = full.facts.tables[0].identity_columns = "";
  CHECK_THAT(warnings(full), Contains("the primary key would do"));
  full.facts.tables[0].primary_key = "";
  CHECK_THAT(warnings(full), Contains("identity FULL without a primary key"));
  Scene indexed;
  indexed.facts.tables[0].replica_identity = 'i';
  indexed.facts.tables[0].identity_is_primary = false;
  indexed.facts.tables[0].wide_columns = "code";
  CHECK(warnings(indexed) == "");
  CHECK_THAT(notes(indexed),
             Contains("not by the primary key") && Contains("key values of code may be long"));
  Scene generated;
  generated.facts.tables[0].generated_columns = "total";
  CHECK_THAT(warnings(generated), Contains("generated column total: not sent"));
}

TEST_CASE("preflight: rights to read are owed where rows are copied", "[preflight]") {
  Scene scene;
  scene.publish();
  pg::TableFacts& table = scene.facts.tables[0];
  table.unreadable = "public.orders";
  table.closed_schemas = "public";
  table.is_row_security_active = true;
  const std::string all = errors(scene);
  CHECK_THAT(all, Contains("no SELECT on public.orders") && Contains("no USAGE on schema public") &&
                      Contains("row level security hides rows from role cdc"));
  CHECK(scene.report().sql == std::vector<std::string>{"GRANT USAGE ON SCHEMA public TO \"cdc\";",
                                                       "GRANT SELECT ON public.orders TO \"cdc\";",
                                                       "ALTER ROLE \"cdc\" BYPASSRLS;"});
  scene.wanted.routes[0].copies_rows = false;
  CHECK(errors(scene) == "");
  CHECK(scene.report().count(Finding::Kind::Warning) == 3);
}

TEST_CASE("preflight: a table is copied when only one of its routes wants that", "[preflight]") {
  Scene scene;
  scene.route("public.orders");
  scene.wanted.routes[0].copies_rows = false;
  scene.wanted.routes[1].sinks = {"lake", "events"};
  scene.facts.tables[0].unreadable = "public.orders";
  CHECK_THAT(errors(scene), Contains("no SELECT"));
  CHECK(scene.report().tables[0].sinks == std::vector<std::string>{"lake", "events"});
}

TEST_CASE("preflight: an exact route must find its table, a pattern should", "[preflight]") {
  Scene scene;
  scene.route("stock.*");
  CHECK_THAT(warnings(scene), Contains("route stock.* matches no table"));
  CHECK(errors(scene) == "");
  scene.route("public.Orders");
  CHECK_THAT(errors(scene), Contains("a route names table public.Orders, which the database"));
}

TEST_CASE("preflight: a partition is captured under its root's name only", "[preflight]") {
  Scene scene;
  scene.wanted.routes.clear();
  scene.route("public.low*");
  scene.keyed("parts").kind = 'p';
  for (const auto& [name, parent] : {std::pair{"low", 2u}, std::pair{"lowest", 3u}}) {
    pg::TableFacts& part = scene.table(name);
    part.is_partition = true;
    part.is_publishable = false;
    part.parent = parent;
  }
  // Once, although two match.
  CHECK(scene.report().count(Finding::Kind::Warning) == 2);
  CHECK_THAT(warnings(scene), Contains("partition public.low matches a route, but its changes "
                                       "come as those of public.parts"));
  scene.route("public.parts");
  CHECK_THAT(warnings(scene), !Contains("partition public.low matches"));
  scene.route("public.lowest");
  CHECK_THAT(errors(scene), Contains("come as those of public.parts: name that in the route"));
}

TEST_CASE("preflight: tables that inherit are told of on the side that is routed", "[preflight]") {
  Scene scene;
  scene.keyed("heir").parent = 1;
  CHECK_THAT(notes(scene), Contains("it inherits from public.orders"));
  CHECK(warnings(scene) == "");
  scene.wanted.routes.clear();
  scene.route("public.orders");
  CHECK_THAT(warnings(scene), Contains("public.heir inherits from it and no route is about that"));
}

TEST_CASE("preflight: publications are made by whoever may", "[preflight]") {
  Scene scene;
  scene.table("notes");
  CHECK_THAT(notes(scene), Contains("the first start makes what is missing"));
  scene.facts.tables[1].is_owner = false;
  CHECK_THAT(errors(scene), Contains("role cdc does not own public.notes, which publishing takes"));
  CHECK(
      has_sql(scene, "CREATE PUBLICATION \"slotcast_shop\" FOR TABLE ONLY \"public\".\"orders\""));
  CHECK(has_sql(scene, "CREATE PUBLICATION \"slotcast_shop_insert\" FOR TABLE ONLY \"public\"."));
  // That one is there: the other needs no right to this table.
  scene.facts.publications.insert = {true, pg::kPublishInserts, true, {"public.notes"}};
  CHECK(errors(scene) == "");
  scene.facts.instance.role.may_create = false;
  CHECK_THAT(errors(scene), Contains("may not create in database shop"));
  CHECK_FALSE(has_sql(scene, "CREATE PUBLICATION \"slotcast_shop_insert\""));
  Scene begun;
  begun.begin();
  begun.facts.publications.insert = {};
  CHECK_THAT(errors(begun), Contains("publication slotcast_shop_insert is missing: what was"));
}

TEST_CASE("preflight: a table in no publication, or in the wrong one", "[preflight]") {
  Scene later;
  later.publish();
  later.keyed("later");
  CHECK_THAT(errors(later), Contains("it is not published: its changes are not captured"));
  CHECK(has_sql(later, "ALTER PUBLICATION \"slotcast_shop\" ADD TABLE ONLY \"public\".\"later\";"));

  Scene broken;
  broken.publish();
  broken.table("notes");
  broken.facts.publications.main.tables.insert("public.notes");
  CHECK_THAT(errors(broken), Contains("these statements fail at the application"));
  CHECK(has_sql(broken,
                "BEGIN; ALTER PUBLICATION \"slotcast_shop\" DROP TABLE ONLY \"public\".\"notes\"; "
                "ALTER PUBLICATION \"slotcast_shop_insert\" ADD TABLE ONLY \"public\".\"notes\"; "
                "COMMIT;"));

  Scene half;
  half.publish();
  std::swap(half.facts.publications.main.tables, half.facts.publications.insert.tables);
  CHECK_THAT(warnings(half), Contains("it is published for INSERT only"));
  CHECK(has_sql(half, "-- BEGIN; ALTER PUBLICATION \"slotcast_shop_insert\" DROP TABLE"));
  CHECK(errors(half) == "");

  Scene narrowed;
  narrowed.publish();
  narrowed.facts.tables[0].is_narrowed = true;
  CHECK_THAT(warnings(narrowed), Contains("a row filter or a column list"));
}

TEST_CASE("preflight: a publication that somebody altered", "[preflight]") {
  Scene scene;
  scene.publish();
  scene.facts.publications.main.via_root = false;
  CHECK_THAT(warnings(scene), Contains("publish_via_partition_root is false"));
  CHECK(errors(scene) == "");
  scene.keyed("parts").kind = 'p';
  CHECK_THAT(errors(scene),
             Contains("under names that no route is about") && !Contains("is not published"));
  CHECK(has_sql(scene, "ALTER PUBLICATION \"slotcast_shop\" SET (publish = 'insert, update, "));
  Scene loud;
  loud.table("notes");
  loud.publish();
  loud.facts.publications.insert.publish = pg::kPublishAll;
  CHECK_THAT(errors(loud), Contains("UPDATE or DELETE fail at the application"));
}
