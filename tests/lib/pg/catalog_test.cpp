#include "lib/pg/catalog.h"

#include "tests/lib/pg/source.h"

using namespace slotcast;
using namespace slotcast::pg;
using namespace slotcast::pg::test;
using slotcast::test::Postgres;

namespace {

constexpr std::uint32_t kInt4 = 23;
constexpr std::uint32_t kNumeric = 1700;
constexpr std::uint32_t kPoint = 600;
constexpr std::uint32_t kInt4Array = 1007;

std::uint32_t oid(const Postgres& server, const std::string& sql) {
  return static_cast<std::uint32_t>(std::stoul(server.psql("SELECT (" + sql + ")::oid")));
}
std::uint32_t type_oid(const Postgres& server, const std::string& name) {
  return oid(server, "'" + name + "'::regtype");
}

// As a Relation message announces columns: their names, types and modifiers.
Relation announced(const Postgres& server, const std::string& table) {
  Relation relation;
  relation.id = {oid(server, "'" + table + "'::regclass")};
  auto connection = connect(options_for(server));
  const auto rows = must(connection.query(
      "SELECT attname, atttypid, atttypmod FROM pg_attribute WHERE attrelid = $1::oid"
      " AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
      {std::to_string(relation.id.oid)}));
  for (const auto& row : rows) {
    Column& column = relation.columns.emplace_back();
    column.name = *row[0];
    column.type_oid = static_cast<std::uint32_t>(std::stoul(*row[1]));
    column.type_modifier = std::stoi(*row[2]);
  }
  return relation;
}

Relation relation_of(std::uint32_t oid, const std::vector<std::uint32_t>& types) {
  Relation relation;
  relation.id = {oid};
  for (const std::uint32_t type : types) relation.columns.emplace_back().type_oid = type;
  return relation;
}

// "c" for each column: its collation.
std::string collations(const std::vector<CatalogColumn>& columns) {
  std::string letters;
  for (const CatalogColumn& column : columns) letters += static_cast<char>(column.collation);
  return letters;
}

}  // namespace

TEST_CASE("catalog: domains end at their base type, enums carry their labels", "[pg][server]") {
  const Postgres server;
  server.psql(
      "CREATE DOMAIN d1 AS numeric(10,2); CREATE DOMAIN d2 AS d1 CHECK (VALUE > 0);"
      "CREATE DOMAIN d3 AS d2; CREATE TYPE mood AS ENUM ('sad', 'happy');"
      "ALTER TYPE mood ADD VALUE 'neither' BEFORE 'happy'; CREATE TYPE no_mood AS ENUM ();"
      "CREATE DOMAIN good_mood AS mood; CREATE DOMAIN list AS int[]; CREATE TABLE t (id int)");
  auto connection = connect(options_for(server));
  const std::uint32_t table = oid(server, "'t'::regclass");
  const std::uint32_t mood = type_oid(server, "mood");
  const std::vector<std::uint32_t> types{kInt4,
                                         type_oid(server, "d3"),
                                         mood,
                                         type_oid(server, "no_mood"),
                                         type_oid(server, "good_mood"),
                                         type_oid(server, "list"),
                                         kInt4Array,
                                         type_oid(server, "mood[]"),
                                         kPoint,
                                         kInt4,
                                         4000000000u};
  const auto columns = must(read_catalog(connection, relation_of(table, types))).columns;
  REQUIRE(columns.size() == types.size());
  const std::vector<std::string> labels{"sad", "neither", "happy"};
  CHECK(columns[0].base_oid == kInt4);
  CHECK(columns[0].type_name == "integer");
  CHECK(columns[0].element_oid == 0);
  CHECK(columns[0].base_modifier == -1);
  CHECK(columns[1].kind == 'd');
  CHECK(columns[1].base_oid == kNumeric);
  CHECK(std::to_string(columns[1].base_modifier) ==
        server.psql("SELECT typtypmod FROM pg_type WHERE typname = 'd1'"));
  CHECK(columns[2].kind == 'e');
  CHECK(columns[2].enum_labels == labels);
  CHECK(columns[3].kind == 'e');
  CHECK(columns[3].enum_labels.empty());
  CHECK(columns[4].kind == 'd');
  CHECK(columns[4].base_oid == mood);
  CHECK(columns[4].base_kind == 'e');
  CHECK(columns[4].enum_labels == labels);
  CHECK(columns[5].base_oid == kInt4Array);
  CHECK(columns[5].element_oid == kInt4);
  CHECK(columns[6].element_oid == kInt4);
  CHECK(columns[7].element_oid == mood);
  // A point can be subscripted but is no array.
  CHECK(columns[8].element_oid == 0);
  CHECK(columns[9].base_oid == kInt4);
  CHECK(columns[10].base_oid == 4000000000u);
  CHECK(collations(columns) == "----------d");
}

TEST_CASE("catalog: the primary key is its key columns, whatever the identity", "[pg][server]") {
  const Postgres server;
  server.psql(
      "CREATE TABLE t (v int, \"Id 2\" int, id1 int, note text,"
      " PRIMARY KEY (id1, \"Id 2\") INCLUDE (note)); ALTER TABLE t REPLICA IDENTITY FULL;"
      "CREATE TABLE keyless (id int)");
  auto connection = connect(options_for(server));
  const auto key = [&](const std::string& table) {
    return must(read_catalog(connection, announced(server, table))).primary_key;
  };
  CHECK(key("t") == std::vector<std::string>{"Id 2", "id1"});
  CHECK(key("keyless").empty());
  CHECK(must(read_catalog(connection, relation_of(4000000000u, {}))).primary_key.empty());
}

TEST_CASE("catalog: a table may have identity full, and its partitions not", "[pg][server]") {
  const Postgres server;
  server.psql(
      "CREATE TABLE t (id int PRIMARY KEY) PARTITION BY RANGE (id);"
      "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (1) TO (2);"
      "CREATE TABLE plain (id int); ALTER TABLE plain REPLICA IDENTITY FULL");
  auto connection = connect(options_for(server));
  const auto is_full_in_part = [&](const std::string& table) {
    return must(read_catalog(connection, announced(server, table))).is_full_in_part;
  };
  CHECK_FALSE(is_full_in_part("t"));
  CHECK_FALSE(is_full_in_part("plain"));
  server.psql("ALTER TABLE t REPLICA IDENTITY FULL");
  CHECK(is_full_in_part("t"));
  server.psql("ALTER TABLE t1 REPLICA IDENTITY FULL");
  CHECK_FALSE(is_full_in_part("t"));
}

TEST_CASE("catalog: a column has its own collation, or its type's", "[pg][server]") {
  const Postgres server;
  server.psql(
      "CREATE COLLATION nd (provider = icu, locale = 'und', deterministic = false);"
      "CREATE COLLATION german (provider = icu, locale = 'de');"
      "CREATE COLLATION bytes (provider = libc, locale = 'POSIX');"
      "CREATE DOMAIN code AS text COLLATE \"C\"; CREATE DOMAIN loose AS varchar(9) COLLATE nd;"
      "CREATE DOMAIN looser AS loose; CREATE TYPE mood AS ENUM ('sad');"
      "CREATE TABLE t (a int, b text, c text COLLATE \"C\", d varchar(5) COLLATE \"POSIX\","
      " e text COLLATE ucs_basic, f text COLLATE bytes, g text COLLATE german, h text COLLATE nd,"
      " i code, j code COLLATE \"default\", k looser, l mood, m text[], n text[] COLLATE \"C\","
      " o name, p json, q char(3))");
  auto connection = connect(options_for(server));
  const auto catalog = must(read_catalog(connection, announced(server, "t")));
  // The database's own is C.UTF-8, which is libc's affair.
  CHECK(collations(catalog.columns) == "-dccccdncdn-dcc-d");
  CHECK(catalog.columns[10].base_modifier == 13);
}

TEST_CASE("catalog: the default collation is the database's", "[pg][server]") {
  const Postgres server;
  const auto of_database = [&](const std::string& options) {
    server.psql("DROP DATABASE IF EXISTS other");
    server.psql("CREATE DATABASE other TEMPLATE template0 " + options);
    auto connection = connect(options_for(server.uri("postgres", "other")));
    must(connection.query("CREATE TABLE t (a text, b text COLLATE \"C\", c varchar)").status());
    const auto rows = must(connection.query("SELECT 't'::regclass::oid"));
    Relation relation =
        relation_of(static_cast<std::uint32_t>(std::stoul(*rows[0][0])), {25, 25, 1043});
    relation.columns[0].name = "a";
    relation.columns[1].name = "b";
    relation.columns[2].name = "c";
    return collations(must(read_catalog(connection, relation)).columns);
  };
  CHECK(of_database("LOCALE 'C'") == "ccc");
  CHECK(of_database("LC_COLLATE 'POSIX'") == "ccc");
  CHECK(of_database("LOCALE 'C.UTF-8'") == "dcd");
  // libc's is told as well, but not in force.
  CHECK(of_database("LOCALE_PROVIDER icu ICU_LOCALE 'und' LOCALE 'C'") == "dcd");
  CHECK(of_database("LOCALE 'C' ENCODING 'LATIN1'") == "ccc");
  // Its bytes have another order than those of UTF-8, which we compare.
  CHECK(of_database("LOCALE 'C' ENCODING 'EUC_JP'") == "ddd");
}

TEST_CASE("catalog: a column that is another one by now is read by its type", "[pg][server]") {
  const Postgres server;
  server.psql(
      "CREATE DOMAIN code AS text COLLATE \"C\";"
      "CREATE TABLE t (dropped text COLLATE \"C\", renamed text COLLATE \"C\", retyped text COLLATE"
      " \"C\", kept text COLLATE \"C\", was_code code, changed int, gone code)");
  const Relation then = announced(server, "t");
  server.psql(
      "ALTER TABLE t DROP COLUMN dropped; ALTER TABLE t DROP COLUMN was_code;"
      "ALTER TABLE t RENAME COLUMN renamed TO fresh;"
      "ALTER TABLE t ALTER COLUMN retyped TYPE int USING 1;"
      "ALTER TABLE t ALTER COLUMN changed TYPE text COLLATE \"C\"");
  auto connection = connect(options_for(server));
  CHECK(collations(must(read_catalog(connection, then)).columns) == "dddcc-c");
  server.psql("DROP TABLE t");
  CHECK(collations(must(read_catalog(connection, then)).columns) == "ddddc-c");
  server.psql("DROP DOMAIN code");
  CHECK(collations(must(read_catalog(connection, then)).columns) == "ddddd-d");
}
