#include "tests/support/kafka_oracle.h"

#include <catch2/catch.hpp>

#include "connectors/kafka/format/make.h"
#include "lib/pg/source_relation.h"
#include "tests/support/avro_messages.h"
#include "tests/support/copy_in.h"
#include "tests/support/kafka_scene.h"

namespace slotcast::test {
namespace {

constexpr const char* kTable = R"(
CREATE EXTENSION hstore; CREATE EXTENSION ltree; CREATE EXTENSION citext;
CREATE TYPE mood AS ENUM ('ok', 'so, so');
CREATE TYPE pair AS (number integer, words text);
CREATE DOMAIN price AS numeric(12, 3);
CREATE DOMAIN deep_price AS price CHECK (VALUE <> 0.001);
CREATE TABLE kept (
  id serial PRIMARY KEY,
  bo boolean, i2 smallint, i4 integer, i8 bigint, oi oid, f4 real, f8 double precision,
  nu numeric, n2 numeric(20, 2), nw numeric(60, 30), pr deep_price, mo money,
  da date, ti time, t3 time(3), ts timestamp, s3 timestamp(3), s0 timestamp(0),
  tz timestamptz, z3 timestamptz(3), tt timetz, iv interval,
  tx text, vc varchar(90), ci citext, by bytea, bi bit(13), b1 bit, bv varbit, uu uuid,
  js json, jb jsonb, en mood, hs hstore, lt ltree, xm xml, ad inet, ra numrange, pt point, pa pair,
  ai integer[], at text[], an numeric(20, 2)[], ad2 date[], ats timestamp(3)[], ab bytea[],
  am mood[], aj jsonb[], ah hstore[]))";

constexpr const char* kRows = R"(
SELECT setseed(0.25);
INSERT INTO kept
SELECT i,
  random() < 0.5, (random() * 65535 - 32768)::int,
  (random() * 4294967295 - 2147483648)::bigint::int,
  ((random() - 0.5) * 1.8e19)::numeric(20)::bigint, (random() * 4294967295)::bigint::oid,
  (random() - 0.5) * power(10, i % 70 - 35), (random() - 0.5) * power(10::float8, i % 600 - 300),
  ((random() - 0.5)::numeric * power(10::numeric, (i % 60 - 20)))::numeric,
  (random() - 0.5) * power(10, i % 18), ((random() - 0.5)::numeric * power(10::numeric, i % 29)),
  (random() - 0.5) * power(10, i % 9), ((random() - 0.5) * power(10, i % 16))::numeric::money,
  '0001-01-01'::date + (random() * 3000000)::int,
  '00:00'::time + random() * interval '24 hours', '00:00'::time + random() * interval '24 hours',
  '0001-01-01'::timestamp + random() * interval '3000000 days',
  '0001-01-01'::timestamp + random() * interval '3000000 days',
  '1960-01-01'::timestamp + random() * interval '7000 days',
  '0001-01-02'::timestamptz + random() * interval '3000000 days',
  '1960-01-01'::timestamptz + random() * interval '30000 days',
  ('00:00'::time + random() * interval '24 hours')::text::timetz AT TIME ZONE
    make_interval(mins => (random() * 1800 - 900)::int),
  make_interval(months => (random() * 500 - 250)::int, days => (random() * 500 - 250)::int,
                secs => (random() - 0.5) * 1e6),
  md5(i::text) || E'"\\\n\t/\x01é€😀', repeat(chr(i % 90 + 33), i % 90), 'Ab' || i,
  substring(sha256(i::text::bytea) from 1 for i % 33), (random() * 8191)::int::bit(13),
  (i % 2)::bit, substring(((random() * 1e12)::bigint)::bit(40)::varbit from 1 for i % 41),
  md5(i::text)::uuid,
  format('{"a" : [%s, "x\"y", null]}', i)::json, jsonb_build_object('k', i / 7.0, 'n', null),
  (ARRAY['ok', 'so, so'])[i % 2 + 1]::mood,
  hstore(ARRAY['k' || i, E'q"\\,', ''], ARRAY[md5(i::text), CASE i % 3 WHEN 0 THEN NULL ELSE
    E'v"\\,\n' END, '=>']),
  ('Top.a' || i)::ltree, xmlelement(name a, i), '10.0.0.0/8'::inet + i, numrange(i, i + 1.5),
  point((random() - 0.5) * power(10, i % 40), i / 8.0), ROW(i, 'a,"b' || i)::pair,
  ARRAY[i, NULL, -i], ARRAY[md5(i::text), E'x"\\,{}', NULL, '', 'NULL', 'é😀', ' '],
  ARRAY[i / 8.0, NULL, -i], ARRAY['2026-11-21'::date + i, NULL],
  ARRAY['2026-11-21'::timestamp + i * interval '1 hour 1 millisecond'],
  ARRAY[sha256(i::text::bytea), '', NULL], ARRAY['so, so', NULL, 'ok']::mood[],
  ARRAY[jsonb_build_object('a"b', i), 'null', NULL], ARRAY[hstore('a', 'b"' || i), NULL]
FROM generate_series(1, 400) i;
INSERT INTO kept (id, ai, at, hs) VALUES (1001, '{}', '{}', '');
INSERT INTO kept (id) VALUES (1002))";

KafkaScene scene_of(pg::Connection& connection, const Relation& relation,
                    std::vector<std::string>& ids) {
  KafkaScene scene;
  for (const auto& fields : query(connection, "SELECT * FROM kept ORDER BY id")) {
    KafkaScene::Row row;
    for (const pg::Field& field : fields) row.push_back(field ? Value(*field) : kNull);
    ids.push_back(*fields[0]);
    scene.add(Operation::Create, relation, row);
  }
  return scene;
}

std::vector<std::string> values_of(const kafka::Messages& messages) {
  std::vector<std::string> values;
  for (const auto& message : messages.list()) values.emplace_back(messages.text(message.value));
  return values;
}

}  // namespace

void fill_oracle_table(pg::Connection& connection) {
  query(connection, kTable);
  query(connection, kRows);
}

Relation oracle_relation(pg::Connection& connection) {
  auto relations = pg::read_relations(connection, {{"public", "kept"}});
  REQUIRE(relations.ok());
  Relation relation = relations.value().at(0).relation;
  relation.version = next_relation_version();
  return relation;
}

void write_oracle_rows(pg::Connection& connection, const Relation& relation,
                       const kafka::FormatOptions& options) {
  std::vector<std::string> ids;
  const KafkaScene scene = scene_of(connection, relation, ids);
  ListedSchemas schemas;
  const auto encoder = kafka::make_encoder(options, {"shop", "store"}, &schemas);
  kafka::Messages messages;
  const Status encoded = scene.encode(*encoder, messages);
  INFO((encoded.ok() ? "" : encoded.error().what));
  REQUIRE(encoded.ok());
  REQUIRE(messages.list().size() == ids.size());
  query(connection, "DROP TABLE IF EXISTS written; CREATE TABLE written (id int, value jsonb)");
  const bool is_avro = options.format == kafka::Format::Avro;
  const auto read = is_avro ? read_avro(schemas, messages, AvroPart::Value) : values_of(messages);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    query(connection, "INSERT INTO written VALUES (" + ids[i] + ", " +
                          connection.escape_literal(read[i]) + ")");
  }
}

}  // namespace slotcast::test
