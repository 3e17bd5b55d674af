// Goal:   what is asked of tables all at once is what a branch would know of each by the log.
// Method: the server's own output plugin announces the same tables; each message, behind the
//         Catalog record that capture would write, is decoded as a branch does it.
#include "lib/pg/source_relation.h"

#include <map>

#include "lib/pg/catalog.h"
#include "lib/pgoutput/decoder.h"
#include "tests/lib/pg/plugin.h"
#include "tests/support/messages.h"

using namespace slotcast;
using namespace slotcast::pg;
using namespace slotcast::pg::test;
using slotcast::test::BlockBuilder;
using slotcast::test::Postgres;

namespace {

constexpr const char* kTypes =
    "CREATE COLLATION nd (provider = icu, locale = 'und', deterministic = false);"
    "CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE TYPE pair AS (a int, b text);"
    "CREATE DOMAIN amount AS numeric(10,2); CREATE DOMAIN deep AS amount CHECK (VALUE > 0);"
    "CREATE DOMAIN code AS text COLLATE \"C\"; CREATE DOMAIN good_mood AS mood;";

constexpr const char* kTables =
    "CREATE TABLE every_type (id bigint PRIMARY KEY, a amount, d deep, c code, g good_mood, m mood,"
    " ms mood[], n numeric(20, 4), t text, tc text COLLATE \"C\", tn text COLLATE nd,"
    " v varchar(40), ch char(6), ta text[], p pair, r int4range, j jsonb, ts timestamptz(3),"
    " iv interval, nm name, s text, i int);"
    "ALTER TABLE every_type ALTER COLUMN s SET STORAGE PLAIN;"
    "CREATE TABLE keyless (id int, v text);"
    "CREATE TABLE whole (id int, k int, v text, PRIMARY KEY (k, id));"
    "ALTER TABLE whole REPLICA IDENTITY FULL;"
    "CREATE TABLE silent (id int PRIMARY KEY); ALTER TABLE silent REPLICA IDENTITY NOTHING;"
    "CREATE TABLE indexed (id int PRIMARY KEY, a int NOT NULL, b text NOT NULL, c int);"
    "CREATE UNIQUE INDEX ab ON indexed (b, a) INCLUDE (c);"
    "ALTER TABLE indexed REPLICA IDENTITY USING INDEX ab;"
    "CREATE TABLE late (id int PRIMARY KEY DEFERRABLE, v int);"
    "CREATE TABLE included (id int, v text, CONSTRAINT k PRIMARY KEY (id) INCLUDE (v));"
    "CREATE TABLE changed (gone int, id int PRIMARY KEY, old_name text,"
    " twice int GENERATED ALWAYS AS (id * 2) STORED, v varchar(7));"
    "ALTER TABLE changed DROP COLUMN gone; ALTER TABLE changed RENAME old_name TO \"New \"\"Name\";"
    "CREATE SCHEMA \"Odd {\\\"\" Schema\";"
    "CREATE TABLE \"Odd {\\\"\" Schema\".\"Mixed, Case\" (\"Id\" int PRIMARY KEY, \"select\" text);"
    "CREATE TABLE parts (id int PRIMARY KEY, v text, s text) PARTITION BY RANGE (id);"
    "ALTER TABLE parts ALTER COLUMN s SET STORAGE PLAIN;"
    "CREATE TABLE part1 (s text, junk int, v text, id int NOT NULL);"
    "ALTER TABLE part1 DROP COLUMN junk;"
    "ALTER TABLE parts ATTACH PARTITION part1 FOR VALUES FROM (0) TO (10);"
    "CREATE TABLE uneven (id int PRIMARY KEY) PARTITION BY RANGE (id);"
    "CREATE TABLE uneven1 PARTITION OF uneven FOR VALUES FROM (0) TO (10);"
    "ALTER TABLE uneven REPLICA IDENTITY FULL;"
    "CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (extra int) INHERITS (parent)";

constexpr const char* kRows =
    "INSERT INTO every_type (id) VALUES (1); INSERT INTO keyless VALUES (1);"
    "INSERT INTO whole VALUES (1, 1); INSERT INTO silent VALUES (1);"
    "INSERT INTO indexed VALUES (1, 1, '1'); INSERT INTO late VALUES (1);"
    "INSERT INTO included VALUES (1); INSERT INTO changed VALUES (1);"
    "INSERT INTO \"Odd {\\\"\" Schema\".\"Mixed, Case\" VALUES (1); INSERT INTO parts VALUES (1);"
    "INSERT INTO uneven VALUES (1); INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2)";

std::string text_of(const Column& column) {
  std::string text = column.name + " " + std::to_string(column.type_oid) + " " +
                     std::to_string(column.type_modifier) + (column.is_key ? " key" : "") +
                     (column.is_primary_key ? " primary" : "") + " " +
                     std::to_string(static_cast<int>(column.type_class)) + " " +
                     std::to_string(column.base_oid) + " " + std::to_string(column.base_modifier) +
                     " " + column.base_kind + static_cast<char>(column.collation);
  if (!column.words) return text + " nothing";
  text += " " + column.words->name;
  for (const std::string& label : column.words->enum_labels) text += "," + label;
  return text;
}

std::vector<std::string> text_of(const Relation& relation) {
  std::vector<std::string> lines{relation.full_name() + " " + std::to_string(relation.id.oid) +
                                 " " + relation.replica_identity +
                                 (relation.is_full_in_part ? " in part" : "")};
  for (const Column& column : relation.columns) lines.push_back(text_of(column));
  return lines;
}

// All that the plugin announced, by name.
std::map<std::string, RelationPtr> known_to_branch(Connection& connection) {
  BlockBuilder block({1});
  for (const PluginMessage& message : sent_by_plugin(connection, 'R')) {
    const Relation relation = pgoutput::parse_relation(message, pgoutput::Framing::Whole).value();
    block.add_schema(log::RecordType::Catalog, relation.id.oid,
                     pgoutput::encode(must(read_catalog(connection, relation))));
    block.add_schema(log::RecordType::Relation, relation.id.oid, message);
  }
  std::map<std::string, RelationPtr> known;
  const auto decoded = must(pgoutput::decode(block.take(), {}, {1}));
  for (const auto& [oid, relation] : decoded->after.schema->relations) {
    known[relation->full_name()] = relation;
  }
  return known;
}

// "-x": for each column whether it may be long.
std::string long_columns(const std::vector<SourceRelation>& tables, const std::string& name) {
  for (const SourceRelation& table : tables) {
    std::string letters;
    for (const bool may_be_long : table.may_be_long) letters += may_be_long ? 'x' : '-';
    if (table.relation.table == name) return letters;
  }
  return "no " + name;
}

}  // namespace

TEST_CASE("source relation: the catalog says of tables what the log does", "[pg][server]") {
  const Postgres server;
  server.psql(std::string(kTypes) + kTables);
  server.psql("CREATE PUBLICATION p FOR ALL TABLES WITH (publish_via_partition_root = true)");
  server.psql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
  server.psql(kRows);
  auto connection = connect(options_for(server));
  const auto known = known_to_branch(connection);
  const auto listed = must(list_tables(connection));
  const auto tables = must(read_relations(connection, listed));
  REQUIRE(tables.size() == listed.size());
  REQUIRE(tables.size() == 13);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const Relation& relation = tables[i].relation;
    CHECK(relation.full_name() == listed[i].full_name());
    INFO(relation.full_name());
    REQUIRE(known.count(relation.full_name()) == 1);
    CHECK(text_of(relation) == text_of(*known.at(relation.full_name())));
    CHECK(tables[i].may_be_long.size() == relation.columns.size());
  }
  CHECK(long_columns(tables, "every_type") == "-xxx--xxxxxxxxxxx-----");
  CHECK(long_columns(tables, "changed") == "-xx");
  // What a partition does with it may differ.
  CHECK(long_columns(tables, "parts") == "-xx");
}

TEST_CASE("source relation: tables that are not there are left out", "[pg][server]") {
  const Postgres server;
  server.psql(
      "CREATE TABLE b (id int); CREATE TABLE a (id int); CREATE TABLE bare ();"
      "CREATE VIEW v AS SELECT 1");
  auto connection = connect(options_for(server));
  const auto tables = must(read_relations(connection, {{"public", "b"},
                                                       {"public", "v"},
                                                       {"public", "none"},
                                                       {"other", "a"},
                                                       {"public", "bare"},
                                                       {"public", "a"}}));
  REQUIRE(tables.size() == 3);
  CHECK(tables[0].relation.table == "b");
  CHECK(tables[1].relation.table == "bare");
  CHECK(tables[1].relation.columns.empty());
  CHECK(tables[2].relation.table == "a");
  CHECK(must(read_relations(connection, {})).empty());
}

TEST_CASE("source relation: it waits for no table's lock", "[pg][server]") {
  const Postgres server;
  server.psql(
      "CREATE TABLE t (id int PRIMARY KEY) PARTITION BY RANGE (id);"
      "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (10);"
      "ALTER TABLE t REPLICA IDENTITY FULL");
  auto locker = connect(options_for(server));
  must(locker.query("BEGIN").status());
  must(locker.query("LOCK TABLE t, t1 IN ACCESS EXCLUSIVE MODE").status());
  auto connection = connect(options_for(server));
  must(connection.query("SET lock_timeout = '1ms'").status());
  const auto tables = must(read_relations(connection, {{"public", "t"}}));
  REQUIRE(tables.size() == 1);
  CHECK(tables[0].relation.is_full_in_part);
}
