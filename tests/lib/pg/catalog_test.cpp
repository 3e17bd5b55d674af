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

}  // namespace

TEST_CASE("catalog: domains end at their base type, enums carry their labels", "[pg][server]") {
  const Postgres server;
  server.psql(
      "CREATE DOMAIN d1 AS numeric(10,2); CREATE DOMAIN d2 AS d1 CHECK (VALUE > 0);"
      "CREATE DOMAIN d3 AS d2; CREATE TYPE mood AS ENUM ('sad', 'happy');"
      "ALTER TYPE mood ADD VALUE 'neither' BEFORE 'happy'; CREATE TYPE no_mood AS ENUM ();"
      "CREATE DOMAIN good_mood AS mood; CREATE DOMAIN list AS int[]; CREATE TABLE t (id int)");
  auto connection = connect(options_for(server));
  const RelationId table{oid(server, "'t'::regclass")};
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
  const auto columns = must(read_relation_facts(connection, table, types)).columns;
  REQUIRE(columns.size() == types.size());
  const std::vector<std::string> labels{"sad", "neither", "happy"};
  CHECK(columns[0].base_oid == kInt4);
  CHECK(columns[0].type_name == "integer");
  CHECK(columns[0].element_oid == 0);
  CHECK(columns[1].kind == 'd');
  CHECK(columns[1].base_oid == kNumeric);
  CHECK(columns[2].kind == 'e');
  CHECK(columns[2].enum_labels == labels);
  CHECK(columns[3].kind == 'e');
  CHECK(columns[3].enum_labels.empty());
  CHECK(columns[4].kind == 'd');
  CHECK(columns[4].base_oid == mood);
  CHECK(columns[4].enum_labels == labels);
  CHECK(columns[5].base_oid == kInt4Array);
  CHECK(columns[5].element_oid == kInt4);
  CHECK(columns[6].element_oid == kInt4);
  CHECK(columns[7].element_oid == mood);
  // A point can be subscripted but is no array.
  CHECK(columns[8].element_oid == 0);
  CHECK(columns[9].base_oid == kInt4);
  CHECK(columns[10].base_oid == 4000000000u);
}

TEST_CASE("catalog: the primary key is its key columns, whatever the identity", "[pg][server]") {
  const Postgres server;
  server.psql(
      "CREATE TABLE t (v int, \"Id 2\" int, id1 int, note text,"
      " PRIMARY KEY (id1, \"Id 2\") INCLUDE (note)); ALTER TABLE t REPLICA IDENTITY FULL;"
      "CREATE TABLE keyless (id int)");
  auto connection = connect(options_for(server));
  const auto key = [&](const std::string& table) {
    return must(
               read_relation_facts(connection, {oid(server, "'" + table + "'::regclass")}, {kInt4}))
        .primary_key;
  };
  CHECK(key("t") == std::vector<std::string>{"Id 2", "id1"});
  CHECK(key("keyless").empty());
  CHECK(must(read_relation_facts(connection, {4000000000u}, {})).primary_key.empty());
}

TEST_CASE("catalog: a table may have identity full, and its partitions not", "[pg][server]") {
  const Postgres server;
  server.psql(
      "CREATE TABLE t (id int PRIMARY KEY) PARTITION BY RANGE (id);"
      "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (1) TO (2);"
      "CREATE TABLE plain (id int); ALTER TABLE plain REPLICA IDENTITY FULL");
  auto connection = connect(options_for(server));
  const auto is_full_in_part = [&](const std::string& table) {
    const RelationId id{oid(server, "'" + table + "'::regclass")};
    return must(read_relation_facts(connection, id, {kInt4})).is_full_in_part;
  };
  CHECK_FALSE(is_full_in_part("t"));
  CHECK_FALSE(is_full_in_part("plain"));
  server.psql("ALTER TABLE t REPLICA IDENTITY FULL");
  CHECK(is_full_in_part("t"));
  server.psql("ALTER TABLE t1 REPLICA IDENTITY FULL");
  CHECK_FALSE(is_full_in_part("t"));
}
