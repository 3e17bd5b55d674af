// Goal:   a row that was copied is in the log as if it had come through the stream.
// Method: a real server sends the same rows both ways: the bytes made here from its catalog and
//         from COPY must be the bytes that its own output plugin sends.
#include "lib/pgoutput/encode.h"

#include <catch2/catch.hpp>
#include <set>

#include "lib/pg/copy.h"
#include "lib/pg/table.h"
#include "lib/pgoutput/message.h"
#include "tests/lib/pg/plugin.h"

using namespace slotcast;
using namespace slotcast::pg::test;
using slotcast::test::Postgres;

namespace {

using Message = PluginMessage;

std::set<Message> made_from_copy(pg::Connection& connection, const pg::Table& table) {
  std::set<Message> messages;
  for (const pg::TablePart& part : table.parts) {
    auto copy = must(pg::CopyOut::start(connection, "COPY (SELECT " +
                                                        column_list(connection, table.relation) +
                                                        " FROM ONLY " + part.name + ") TO STDOUT"));
    while (const auto row = must(copy.next())) {
      Message message;
      REQUIRE(pgoutput::append_insert(table.relation, *row, message));
      messages.insert(std::move(message));
    }
  }
  return messages;
}

void check_both_ways(const std::string& definition, const std::string& rows,
                     const std::string& name = "t") {
  const Postgres server;
  server.psql(definition);
  server.psql("CREATE PUBLICATION p FOR ALL TABLES WITH (publish_via_partition_root = true)");
  server.psql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
  server.psql(rows);
  auto connection = connect(options_for(server));
  const pg::Table table = must(pg::read_table(connection, "public", name));
  // For a row of a partition the plugin announces the partition as well.
  CHECK(sent_by_plugin(connection, 'R').count(pgoutput::encode(table.relation)) == 1);
  for (const Message& begin : sent_by_plugin(connection, 'B')) {
    CHECK(pgoutput::encode(*pgoutput::parse_begin(begin)) == begin);
  }
  for (const Message& commit : sent_by_plugin(connection, 'C')) {
    CHECK(pgoutput::encode(*pgoutput::parse_commit(commit)) == commit);
  }
  const auto sent = sent_by_plugin(connection, 'I');
  REQUIRE_FALSE(sent.empty());
  CHECK(made_from_copy(connection, table) == sent);
}

}  // namespace

TEST_CASE("encode: a copied row of any type is the Insert the plugin sends", "[pgoutput][server]") {
  check_both_ways(
      "CREATE TYPE mood AS ENUM ('calm', 'it''s \"fine\"');"
      "CREATE DOMAIN small AS int CHECK (VALUE < 1000);"
      "CREATE TYPE pair AS (a int, b text);"
      "CREATE TABLE t (id bigint PRIMARY KEY, i2 smallint, f4 real, f8 float8, n numeric,"
      " n2 numeric(20, 4), b bool, x text, v varchar(40), c char(6), bin bytea, d date, tm time,"
      " tsz timestamptz, iv interval, u uuid, j json, jb jsonb, ia int[], ta text[], m mood,"
      " bits bit varying, r int4range, dom small, pr pair, mon money, \"odd \"\"name\" text)",
      "INSERT INTO t (id) VALUES (1);"
      "INSERT INTO t SELECT 2, -1, 'NaN', '-Infinity', 'NaN', 1.5, true, '', '\\N', 'ab', "
      "'\\x00ff',"
      " '0044-03-15 BC', '24:00', 'infinity', '1 mon -3 days', gen_random_uuid(), '{\"a\" : 1}',"
      " '[1, \"\\n\"]', '{1,NULL}', '{\"a,b\",\"\\\\\"}', 'it''s \"fine\"', B'101', '[1,5)', 7,"
      " '(1,\"x y\")', 12.5, E'tab\\t back\\\\ nl\\n cr\\r bs\\b ff\\f vt\\v';"
      "INSERT INTO t (id, x, v) SELECT g, repeat(chr(g), 3), '\\' || chr(g)"
      " FROM generate_series(3, 300) g;"
      "INSERT INTO t (id, x) VALUES (1000, repeat('x\\', 100000))");
}

TEST_CASE("encode: a relation is announced as the plugin does", "[pgoutput][server]") {
  SECTION("dropped and generated columns are not in it") {
    check_both_ways(
        "CREATE TABLE t (gone int, id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2)"
        " STORED, v varchar(7)); ALTER TABLE t DROP COLUMN gone",
        "INSERT INTO t VALUES (1, DEFAULT, 'a'), (2, DEFAULT, NULL)");
  }
  SECTION("identity full") {
    check_both_ways("CREATE TABLE t (id int, v text); ALTER TABLE t REPLICA IDENTITY FULL",
                    "INSERT INTO t VALUES (1, 'a')");
  }
  SECTION("identity by an index that is not the primary key") {
    check_both_ways(
        "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b text NOT NULL);"
        "CREATE UNIQUE INDEX ab ON t (b, a); ALTER TABLE t REPLICA IDENTITY USING INDEX ab",
        "INSERT INTO t VALUES (1, 2, 'a')");
  }
  SECTION("an index that has more columns than its key") {
    check_both_ways("CREATE TABLE t (id int, v text, CONSTRAINT k PRIMARY KEY (id) INCLUDE (v))",
                    "INSERT INTO t VALUES (1, 'a')");
  }
  SECTION("no identity") {
    check_both_ways("CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t REPLICA IDENTITY NOTHING",
                    "INSERT INTO t VALUES (1)");
    check_both_ways("CREATE TABLE t (id int, v text)", "INSERT INTO t VALUES (1, 'a')");
  }
  SECTION("a partitioned table, whose partitions order their columns otherwise") {
    check_both_ways(
        "CREATE TABLE t (id int, v text, PRIMARY KEY (id)) PARTITION BY RANGE (id);"
        "CREATE TABLE a PARTITION OF t FOR VALUES FROM (0) TO (10);"
        "CREATE TABLE b (v text, junk int, id int NOT NULL); ALTER TABLE b DROP COLUMN junk;"
        "ALTER TABLE t ATTACH PARTITION b FOR VALUES FROM (10) TO (20)",
        "INSERT INTO t VALUES (1, 'a'), (12, 'b')");
  }
  SECTION("a parent's rows are not its child's") {
    check_both_ways(
        "CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE child (extra int) INHERITS (t)",
        "INSERT INTO t VALUES (1)");
  }
  SECTION("names that need quoting") {
    check_both_ways("CREATE TABLE \"a.B\" (\"x\"\"y\" int PRIMARY KEY, \"select\" text)",
                    "INSERT INTO \"a.B\" VALUES (1, 'a')", "a.B");
  }
}

TEST_CASE("encode: a row that does not fit the relation is refused", "[pgoutput]") {
  Relation relation;
  relation.columns.resize(2);
  std::vector<std::byte> out(3);
  for (const char* row : {"a", "a\tb\tc", "a\tb\\", "", "\t\t"}) {
    INFO(row);
    CHECK_FALSE(pgoutput::append_insert(relation, as_bytes(std::string_view(row)), out));
    CHECK(out.size() == 3);
  }
  CHECK(pgoutput::append_insert(relation, as_bytes(std::string_view("\t")), out));
}

TEST_CASE("copy: what goes wrong is said, and the connection goes on", "[pg][server]") {
  const Postgres server;
  server.psql("CREATE TABLE t (id int); INSERT INTO t SELECT generate_series(1, 100000)");
  auto connection = connect(options_for(server));
  const auto missing = pg::CopyOut::start(connection, "COPY nowhere TO STDOUT");
  REQUIRE_FALSE(missing.ok());
  CHECK(contains(missing.error().what, "nowhere"));
  {
    auto left_early = must(pg::CopyOut::start(connection, "COPY t TO STDOUT"));
    CHECK(must(left_early.next()).has_value());
    must(left_early.cancel());
  }
  auto broken = must(pg::CopyOut::start(connection, "COPY (SELECT 1 / (id - 5) FROM t) TO STDOUT"));
  Result<std::optional<Bytes>> next = broken.next();
  while (next.ok() && next.value()) next = broken.next();
  REQUIRE_FALSE(next.ok());
  CHECK(contains(next.error().what, "division by zero"));
  CHECK(must(connection.query("SELECT 1")).size() == 1);
}
