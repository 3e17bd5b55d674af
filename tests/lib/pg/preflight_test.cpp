#include "lib/pg/preflight.h"

#include <map>

#include "tests/lib/pg/source.h"

using namespace slotcast;
using namespace slotcast::pg;
using namespace slotcast::pg::test;
using slotcast::test::Postgres;

namespace {

std::map<std::string, TableFacts> tables_of(const PreflightFacts& facts) {
  std::map<std::string, TableFacts> found;
  for (const TableFacts& table : facts.tables) found[table.source.table] = table;
  return found;
}

}  // namespace

TEST_CASE("preflight: the identity in force, and what could be one", "[pg][preflight][server]") {
  const Postgres server;
  server.psql(
      "CREATE TABLE keyed (b int, a int, note text, PRIMARY KEY (b, a) INCLUDE (note));"
      "CREATE TABLE late (id int PRIMARY KEY DEFERRABLE, code varchar(9) NOT NULL UNIQUE);"
      "CREATE TABLE whole (id int PRIMARY KEY); ALTER TABLE whole REPLICA IDENTITY FULL;"
      "CREATE TABLE nothing (id int PRIMARY KEY); ALTER TABLE nothing REPLICA IDENTITY NOTHING;"
      "CREATE TABLE indexed (code text NOT NULL, id int PRIMARY KEY);"
      "CREATE UNIQUE INDEX by_code ON indexed (code);"
      "ALTER TABLE indexed REPLICA IDENTITY USING INDEX by_code;"
      "CREATE TABLE loose (a int UNIQUE, b int NOT NULL);"
      "CREATE UNIQUE INDEX partial ON loose (b) WHERE b > 0;"
      "CREATE TABLE made (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED)");
  const auto tables = tables_of(must(read_preflight(options_for(server))));
  CHECK(tables.at("keyed").identity_columns == "b, a");
  CHECK(tables.at("keyed").identity_is_primary);
  CHECK(tables.at("keyed").wide_columns.empty());
  CHECK(tables.at("late").identity_index.empty());
  CHECK(tables.at("late").primary_key_is_deferrable);
  CHECK(tables.at("late").better_index == "late_code_key");
  CHECK(tables.at("whole").replica_identity == 'f');
  CHECK((tables.at("whole").primary_key == "id" && tables.at("whole").identity_index.empty()));
  CHECK(tables.at("nothing").replica_identity == 'n');
  CHECK(tables.at("indexed").identity_index == "by_code");
  CHECK_FALSE(tables.at("indexed").identity_is_primary);
  CHECK(tables.at("indexed").wide_columns == "code");
  // Neither one that takes NULL nor one of some rows only.
  CHECK(tables.at("loose").better_index.empty());
  CHECK(tables.at("made").generated_columns == "twice");
  for (const auto& [name, table] : tables) {
    CAPTURE(name);
    CHECK(table.is_publishable);
    CHECK(table.is_owner);
    CHECK(table.source.has_identity == (name != "late" && name != "nothing" && name != "loose"));
  }
}

TEST_CASE("preflight: a partitioned table stands for all of its partitions",
          "[pg][preflight][server]") {
  const Postgres server;
  server.psql(
      "CREATE TABLE parts (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);"
      "CREATE TABLE low PARTITION OF parts FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (id);"
      "CREATE TABLE \"Lowest\" PARTITION OF low FOR VALUES FROM (0) TO (5);"
      "CREATE TABLE high PARTITION OF parts FOR VALUES FROM (10) TO (20);"
      "ALTER TABLE high REPLICA IDENTITY NOTHING; ALTER TABLE high ENABLE ROW LEVEL SECURITY;"
      "CREATE TABLE base (id int PRIMARY KEY); CREATE TABLE heir () INHERITS (base);"
      "INSERT INTO parts SELECT g, 'v' FROM generate_series(0, 4) g; INSERT INTO parts VALUES (10);"
      "ANALYZE parts; CREATE ROLE cdc LOGIN; GRANT SELECT ON parts, high TO cdc");
  const auto tables = tables_of(must(read_preflight(options_for(server.uri("cdc")))));
  const TableFacts& parts = tables.at("parts");
  CHECK(parts.partitions == 2);
  CHECK(parts.rows == 6);
  CHECK(parts.bytes >= 2 * 8192);
  CHECK(parts.is_row_security_active);
  CHECK(parts.unreadable == "public.\"Lowest\"");
  CHECK(parts.without_identity == "public.high");
  CHECK_FALSE(parts.source.has_identity);
  CHECK_FALSE(parts.is_owner);
  CHECK((tables.at("Lowest").is_partition && !tables.at("Lowest").is_publishable));
  CHECK(tables.at("Lowest").parent == tables.at("low").oid);
  CHECK(tables.at("heir").parent == tables.at("base").oid);
  CHECK((!tables.at("heir").is_partition && tables.at("heir").is_publishable));
  CHECK(tables.at("base").rows == -1);
}

TEST_CASE("preflight: what cannot be published is there with its kind", "[pg][preflight][server]") {
  const Postgres server;
  server.psql(
      "CREATE VIEW seen AS SELECT 1; CREATE MATERIALIZED VIEW kept AS SELECT 1;"
      "CREATE UNLOGGED TABLE scratch (id int PRIMARY KEY)");
  const auto tables = tables_of(must(read_preflight(options_for(server))));
  CHECK(tables.size() == 3);
  CHECK(tables.at("seen").kind == 'v');
  CHECK(tables.at("kept").kind == 'm');
  CHECK(tables.at("scratch").is_unlogged);
  for (const auto& [name, table] : tables) CHECK_FALSE(table.is_publishable);
}

TEST_CASE("preflight: row security counts only for the role that it binds",
          "[pg][preflight][server]") {
  const Postgres server;
  server.psql(
      "CREATE ROLE cdc LOGIN; CREATE ROLE free LOGIN BYPASSRLS;"
      "CREATE TABLE theirs (id int PRIMARY KEY); ALTER TABLE theirs ENABLE ROW LEVEL SECURITY;"
      "CREATE TABLE own (LIKE theirs); ALTER TABLE own OWNER TO cdc;"
      "ALTER TABLE own ENABLE ROW LEVEL SECURITY;"
      "CREATE TABLE forced (LIKE theirs); ALTER TABLE forced OWNER TO cdc;"
      "ALTER TABLE forced ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY");
  const auto secured = [&](const std::string& role) {
    std::string names;
    for (const auto& [name, table] :
         tables_of(must(read_preflight(options_for(server.uri(role)))))) {
      if (table.is_row_security_active) names += name + " ";
    }
    return names;
  };
  CHECK(secured("cdc") == "forced theirs ");
  CHECK(secured("free") == "");
  CHECK(secured("postgres") == "");
}

TEST_CASE("preflight: rights and room are those of the role", "[pg][preflight][server]") {
  const Postgres server({"max_replication_slots = 3", "max_slot_wal_keep_size = 3GB",
                         "max_connections = 30", "superuser_reserved_connections = 4"});
  server.psql(
      "CREATE ROLE cdc LOGIN CONNECTION LIMIT 5; ALTER DATABASE postgres CONNECTION LIMIT 7;"
      "REVOKE EXECUTE ON FUNCTION pg_logical_emit_message(boolean, text, text) FROM PUBLIC");
  server.psql("SELECT pg_create_physical_replication_slot('someone')");
  const Connection other = connect(options_for(server.uri("cdc")));
  const InstanceFacts poor = must(read_preflight(options_for(server.uri("cdc")))).instance;
  CHECK(poor.role.name == "cdc");
  CHECK_FALSE((poor.role.may_replicate || poor.role.may_create || poor.role.has_rds_replication));
  CHECK(poor.role.may_not_execute == "pg_logical_emit_message(boolean,text,text)");
  CHECK(poor.database == "postgres");
  CHECK((poor.slots.most == 3 && poor.slots.used == 1 && poor.idle_slots == "someone"));
  CHECK(poor.wal_keep_size == "3GB");
  CHECK(poor.wal_level == "logical");
  CHECK_FALSE(poor.in_recovery);
  CHECK((poor.connections.most == 26 && poor.connections.used == 1));
  CHECK((poor.role_connections.most == 5 && poor.role_connections.used == 1));
  CHECK((poor.database_connections.most == 7 && poor.database_connections.used == 1));
  CHECK(poor.role_connections.has_room_for(4));
  CHECK_FALSE(poor.role_connections.has_room_for(5));

  server.psql("ALTER ROLE cdc REPLICATION; GRANT CREATE ON DATABASE postgres TO cdc");
  server.psql("CREATE ROLE rds_replication; CREATE ROLE rds LOGIN IN ROLE rds_replication");
  const PreflightFacts able = must(read_preflight(options_for(server.uri("cdc"))));
  CHECK((able.instance.role.may_replicate && able.instance.role.may_create));
  CHECK(able.replication.has_value());
  const RoleFacts rds = must(read_preflight(options_for(server.uri("rds")))).instance.role;
  CHECK((rds.may_replicate && rds.has_rds_replication));
  const InstanceFacts super = must(read_preflight(options_for(server))).instance;
  CHECK((super.role.may_replicate && super.role.may_create && super.role.may_not_execute.empty()));
  CHECK((super.role_connections.most == -1 && super.database_connections.most == -1));
}

TEST_CASE("preflight: a replication connection that is refused is no failure",
          "[pg][preflight][server]") {
  const Postgres server;
  server.psql("CREATE ROLE cdc LOGIN");
  const PreflightFacts facts = must(read_preflight(options_for(server.uri("cdc"))));
  CHECK_FALSE(facts.replication.has_value());
  CHECK_FALSE(facts.replication_error.empty());
}

TEST_CASE("preflight: a filter or a column list in our publications is seen",
          "[pg][preflight][server]") {
  const Postgres server;
  server.psql(
      "CREATE TABLE filtered (id int PRIMARY KEY); CREATE TABLE few (id int PRIMARY KEY, b int);"
      "CREATE TABLE full_one (id int PRIMARY KEY); CREATE TABLE elsewhere (id int PRIMARY KEY);"
      "CREATE PUBLICATION slotcast_shop FOR TABLE filtered WHERE (id > 1), few (id), full_one;"
      "CREATE PUBLICATION theirs FOR TABLE elsewhere WHERE (id > 1)");
  const auto tables = tables_of(must(read_preflight(options_for(server))));
  CHECK((tables.at("filtered").is_narrowed && tables.at("few").is_narrowed));
  CHECK_FALSE((tables.at("full_one").is_narrowed || tables.at("elsewhere").is_narrowed));
}

TEST_CASE("preflight: locked tables and partitions are not waited for", "[pg][preflight][server]") {
  const Postgres server;
  server.psql(
      "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1); ANALYZE t;"
      "CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id);"
      "CREATE TABLE part1 PARTITION OF parts FOR VALUES FROM (0) TO (10)");
  Connection other = connect(options_for(server));
  must(other.query("BEGIN"));
  must(other.query("LOCK TABLE t, parts, part1 IN ACCESS EXCLUSIVE MODE"));
  const PreflightFacts facts = must(read_preflight(options_for(server)));
  CHECK(facts.sizes_are_estimates);
  CHECK(tables_of(facts).at("t").bytes == 8192);
  must(other.query("ROLLBACK"));
  CHECK_FALSE(must(read_preflight(options_for(server))).sizes_are_estimates);
}
