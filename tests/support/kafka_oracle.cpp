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

// The number whose digits are bytes, two's complement and the highest first, in base64.
constexpr const char* kFunctions = R"(
CREATE FUNCTION unscaled(text) RETURNS numeric LANGUAGE sql AS $$
  SELECT sum(get_byte(b, i) * 256::numeric ^ (length(b) - 1 - i))
         - CASE WHEN get_byte(b, 0) > 127 THEN 256::numeric ^ length(b) ELSE 0 END
  FROM (SELECT decode($1, 'base64') b) x, generate_series(0, length(b) - 1) i GROUP BY b $$;
CREATE FUNCTION bits(text, int) RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(string_agg(get_bit(decode($1, 'base64'), i)::text, '' ORDER BY i DESC), '')
  FROM generate_series(0, $2 - 1) i $$;
CREATE FUNCTION unscaled_hex(text) RETURNS numeric LANGUAGE sql AS $$
  SELECT unscaled(encode(decode($1, 'hex'), 'base64')) $$;
CREATE FUNCTION text_of(jsonb) RETURNS text LANGUAGE sql AS $$ SELECT $1 #>> '{}' $$;
CREATE FUNCTION backwards(bytea) RETURNS bytea LANGUAGE sql AS $$
  SELECT string_agg(substring($1 from i for 1), '' ORDER BY i DESC)
  FROM generate_series(1, length($1)) i $$)";

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

void insert(pg::Connection& connection, const std::vector<std::string>& ids,
            const std::vector<std::string>& values) {
  query(connection, "DROP TABLE IF EXISTS written; CREATE TABLE written (id int, value jsonb)");
  REQUIRE(values.size() == ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    query(connection, "INSERT INTO written VALUES (" + ids[i] + ", " +
                          connection.escape_literal(values[i]) + ")");
  }
}

std::string replaced(std::string text, const std::string& by) {
  for (std::size_t at = 0; (at = text.find('%', at)) != std::string::npos; at += by.size()) {
    text.replace(at, 1, by);
  }
  return text;
}

}  // namespace

KafkaOracle::KafkaOracle() : connection_(connect_to(server_.uri())) {
  connection_.set_patience(std::chrono::seconds(300));
  query(connection_, kTable);
  query(connection_, kRows);
  query(connection_, kFunctions);
  auto relations = pg::read_relations(connection_, {{"public", "kept"}});
  REQUIRE(relations.ok());
  relation_ = relations.value().at(0).relation;
  relation_.version = next_relation_version();
}

void KafkaOracle::write(const kafka::FormatOptions& options, const Reader& reader) {
  std::vector<std::string> ids;
  const KafkaScene scene = scene_of(connection_, relation_, ids);
  ListedSchemas schemas;
  const auto encoder = kafka::make_encoder(options, {"shop", "store"}, &schemas);
  kafka::Messages messages;
  const Status encoded = scene.encode(*encoder, messages);
  INFO((encoded.ok() ? "" : encoded.error().what));
  REQUIRE(encoded.ok());
  const bool is_avro = options.format == kafka::Format::Avro;
  insert(connection_, ids,
         reader    ? reader(messages)
         : is_avro ? read_avro(schemas, messages, AvroPart::Value)
                   : values_of(messages));
}

void KafkaOracle::check(const std::string& path, const OracleRules& rules) {
  for (const OracleRule& rule : rules) {
    const std::string column = "k." + rule.column;
    const std::string member = "(w.value #> '{" + path + rule.column + "}')";
    const std::string same = "(" + replaced(rule.wanted, column) + ") IS NOT DISTINCT FROM (" +
                             replaced(rule.found, member) + ")";
    const auto rows =
        query(connection_, "SELECT CASE num_nulls(" + column + ") WHEN 1 THEN " + member +
                               " = 'null' ELSE " + same + " END AS fits, num_nulls(" + column +
                               "), " + column + ", " + member +
                               " FROM kept k JOIN written w USING (id) ORDER BY id");
    int seen = 0;
    for (const auto& row : rows) {
      if (row[0] == "t" && row[1] == "0") ++seen;
      if (row[0] == "t") continue;
      CAPTURE(same, row[2].value_or("NULL"), row[3].value_or("nothing"));
      CHECK(row[0] == "t");
      break;
    }
    CAPTURE(same);
    CHECK(seen >= 400);
  }
}

}  // namespace slotcast::test
