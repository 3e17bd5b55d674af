#include "lib/pg/publication.h"

#include <map>

#include "tests/lib/pg/source.h"

using namespace slotcast;
using namespace slotcast::pg;
using namespace slotcast::pg::test;
using slotcast::test::Postgres;

namespace {

std::map<std::string, bool> identities(Connection& connection) {
  std::map<std::string, bool> found;
  for (const SourceTable& table : must(list_tables(connection))) {
    found[table.full_name()] = table.has_identity;
  }
  return found;
}

}  // namespace

TEST_CASE("publication: lists what can be published, each partitioned table once", "[pg][server]") {
  const Postgres server;
  server.psql(
      "CREATE SCHEMA dbo;"
      "CREATE TABLE dbo.keyed (id int PRIMARY KEY);"
      "CREATE UNLOGGED TABLE dbo.scratch (id int PRIMARY KEY);"
      "CREATE VIEW dbo.seen AS SELECT 1;"
      "CREATE MATERIALIZED VIEW dbo.kept AS SELECT 1;"
      "CREATE TABLE dbo.parts (id int PRIMARY KEY) PARTITION BY RANGE (id);"
      "CREATE TABLE dbo.part1 PARTITION OF dbo.parts FOR VALUES FROM (0) TO (10)");
  auto connection = connect(options_for(server));
  CHECK(identities(connection) ==
        std::map<std::string, bool>{{"dbo.keyed", true}, {"dbo.parts", true}});
}

// The oracle is the server itself: once everything is published, the application's own UPDATE and
// DELETE must go on working on every table, and the ones we hold for keyed must publish them.
TEST_CASE("publication: publishing never makes an application's statement fail", "[pg][server]") {
  const Postgres server;
  server.psql(
      "CREATE TABLE keyed (id int PRIMARY KEY, v int);"
      "CREATE TABLE keyless (id int, v int);"
      "CREATE TABLE nothing (id int PRIMARY KEY, v int);"
      "ALTER TABLE nothing REPLICA IDENTITY NOTHING;"
      "CREATE TABLE whole (id int, v int); ALTER TABLE whole REPLICA IDENTITY FULL;"
      "CREATE TABLE late (id int PRIMARY KEY DEFERRABLE, v int);"
      "CREATE TABLE indexed (id int NOT NULL, v int); CREATE UNIQUE INDEX by_id ON indexed (id);"
      "ALTER TABLE indexed REPLICA IDENTITY USING INDEX by_id;"
      "CREATE TABLE unindexed (id int NOT NULL, v int);"
      "CREATE UNIQUE INDEX gone ON unindexed (id);"
      "ALTER TABLE unindexed REPLICA IDENTITY USING INDEX gone; DROP INDEX gone;"
      "CREATE TABLE parent (id int PRIMARY KEY, v int);"
      "CREATE TABLE child () INHERITS (parent);"
      "CREATE TABLE parts (id int PRIMARY KEY, v int) PARTITION BY RANGE (id);"
      "CREATE TABLE part1 PARTITION OF parts FOR VALUES FROM (0) TO (10);"
      "CREATE TABLE uneven (id int, v int) PARTITION BY RANGE (id);"
      "ALTER TABLE uneven REPLICA IDENTITY FULL;"
      "CREATE TABLE uneven1 PARTITION OF uneven FOR VALUES FROM (0) TO (10)");
  const std::map<std::string, bool> expected{
      {"public.child", false},   {"public.indexed", true},   {"public.keyed", true},
      {"public.keyless", false}, {"public.late", false},     {"public.nothing", false},
      {"public.parent", true},   {"public.parts", true},     {"public.uneven", false},
      {"public.whole", true},    {"public.unindexed", false}};
  const Options options = options_for(server);
  auto connection = connect(options);
  CHECK(identities(connection) == expected);
  must(create_publications(connection, options, must(list_tables(connection))));

  for (const auto& [table, has_identity] : expected) {
    INFO(table);
    server.psql("INSERT INTO " + table + " VALUES (1, 1)");
    CHECK(server.try_psql("UPDATE " + table + " SET v = v + 1") == "");
    CHECK(server.try_psql("DELETE FROM " + table) == "");
  }
  const Publications made = must(read_publications(connection, options));
  CHECK((made.main.exists && made.main.via_root && made.main.publish == kPublishAll));
  CHECK((made.insert.exists && made.insert.via_root && made.insert.publish == kPublishInserts));
  for (const auto& [table, has_identity] : expected) {
    CHECK(made.main.tables.count(table) == (has_identity ? 1 : 0));
    CHECK(made.insert.tables.count(table) == (has_identity ? 0 : 1));
  }
}

TEST_CASE("publication: names with quotes, dots, spaces and upper case survive", "[pg][server]") {
  const Postgres server;
  server.psql(
      R"(CREATE SCHEMA "My ""Schema"""; CREATE TABLE "My ""Schema"""."a.b; DROP" (id int))");
  const Options options = options_for(server);
  auto connection = connect(options);
  const auto tables = must(list_tables(connection));
  REQUIRE(tables.size() == 1);
  must(create_publications(connection, options, tables));
  CHECK(server.psql("SELECT pubname, schemaname, tablename FROM pg_publication_tables") ==
        R"(slotcast_shop_insert|My "Schema"|a.b; DROP)");
}

TEST_CASE("publication: both are made even when one is empty, and made once", "[pg][server]") {
  const Postgres server;
  const Options options = options_for(server);
  auto connection = connect(options);
  must(create_publications(connection, options, {}));
  must(create_publications(connection, options, {}));
  CHECK(server.psql("SELECT pubname, pubinsert, pubupdate, pubdelete, pubtruncate, pubviaroot,"
                    " puballtables FROM pg_publication ORDER BY 1") ==
        "slotcast_shop|t|t|t|t|t|f\nslotcast_shop_insert|t|f|f|f|t|f");
}

TEST_CASE("publication: a locked table is waited for within patience, and nothing is left behind",
          "[pg][server]") {
  const Postgres server;
  server.psql("CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE keyless (a int)");
  const Options options = options_for(server);
  Connection connection = connect(options);
  const auto tables = must(list_tables(connection));
  Connection vacuum = connect(options);
  must(vacuum.query("BEGIN"));
  must(vacuum.query("LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE"));
  const Status late =
      create_publications(connection, options, tables, std::chrono::milliseconds(200));
  REQUIRE_FALSE(late.ok());
  CHECK(late.error().kind == ErrorKind::Transient);
  must(vacuum.query("COMMIT"));
  CHECK(server.psql("SELECT count(*) FROM pg_publication") == "0");
  must(create_publications(connection, options, tables));
  CHECK(server.psql("SELECT count(*) FROM pg_publication") == "2");
}

TEST_CASE("publication: a role without rights gets the statements for its DBA", "[pg][server]") {
  const Postgres server;
  server.psql(
      "CREATE TABLE keyed (id int PRIMARY KEY); CREATE ROLE cdc LOGIN REPLICATION;"
      "CREATE ROLE reader LOGIN REPLICATION; ALTER ROLE reader SET "
      "default_transaction_read_only=on");
  for (const char* role : {"cdc", "reader"}) {
    const Options options = options_for(server.uri(role));
    auto connection = connect(options);
    const auto tables = must(list_tables(connection));
    const Status refused = create_publications(connection, options, tables);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == ErrorKind::Invalid);
    for (const std::string& statement : publication_ddl(options, tables)) {
      CHECK(contains(refused.error().what, statement));
    }
    // The connection is not left inside a failed transaction.
    CHECK(must(connection.query("SELECT 1"))[0][0] == "1");
    CHECK(server.psql("SELECT count(*) FROM pg_publication") == "0");
  }
}
