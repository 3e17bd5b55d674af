// Goal:   a column has the type that PostgreSQL would give it in an expression.
// Method: columns made by hand, and a table of a real server whose own catalog names the types.
#include "lib/sql/scope.h"

#include <map>

#include "lib/pg/source_relation.h"
#include "tests/lib/pg/source.h"

using namespace slotcast;
using namespace slotcast::pg::test;
using namespace slotcast::sql;
using slotcast::test::Postgres;

TEST_CASE("scope: a column of which the catalog said nothing goes by its message", "[sql]") {
  Column column;
  column.type_oid = 1043;
  column.type_modifier = to_varchar_modifier(5);
  Type type = type_of(column);
  CHECK(type.kind == Kind::Varchar);
  CHECK(type.modifier == to_varchar_modifier(5));
  CHECK(type.collation == Collation::Equality);
  column.type_oid = 4000000000u;
  type = type_of(column);
  CHECK(type.kind == Kind::Other);
  CHECK(type.oid == 4000000000u);
  CHECK(name_of(type) == "another type");
}

TEST_CASE("scope: what is no text has no collation", "[sql]") {
  Column column;
  column.type_oid = 4000000000u;
  column.base_oid = 1700;
  column.base_modifier = 655366;
  column.collation = Collation::Equality;
  const Type type = type_of(column);
  CHECK(type.kind == Kind::Numeric);
  CHECK(type.modifier == 655366);
  CHECK(type.collation == Collation::None);
}

TEST_CASE("scope: columns have the types that the server says they have", "[sql][server]") {
  const Postgres server;
  server.psql(
      "CREATE COLLATION nd (provider = icu, locale = 'und', deterministic = false);"
      "CREATE TYPE mood AS ENUM ('sad', 'it''s \"fine\"'); CREATE TYPE pair AS (a int);"
      "CREATE DOMAIN amount AS numeric(10,2); CREATE DOMAIN deep AS amount;"
      "CREATE DOMAIN code AS text COLLATE \"C\"; CREATE DOMAIN short AS varchar(9) COLLATE nd;"
      "CREATE DOMAIN good_mood AS mood;"
      "CREATE TABLE t (b bool, i2 int2, i4 int4, i8 int8, n numeric, n2 numeric(8,-2), f4 float4,"
      " f8 float8, t text, tc text COLLATE \"C\", tn text COLLATE nd, v varchar(40), d date,"
      " tm time, ts timestamp, tsz timestamptz, u uuid, j json, jb jsonb, by bytea, m mood,"
      " am deep, co code, sh short, gm good_mood, ch char(6), nm name, iv interval, ia int[],"
      " ma mood[], r int4range, p pair, o oid, ti timetz, x xml, mo money, c \"char\")");
  auto connection = connect(options_for(server));
  const auto tables = must(pg::read_relations(connection, {{"public", "t"}}));
  REQUIRE(tables.size() == 1);
  const Scope scope = scope_of(tables[0].relation);
  CHECK(scope.absent.empty());
  std::map<std::string, Type> types;
  for (const ScopeColumn& column : scope.columns) types[column.name] = column.type;
  REQUIRE(types.size() == 37);

  // The names of all but enums and others are those of the base types.
  const auto rows =
      must(connection.query("SELECT a.attname, format_type(a.atttypid, NULL),"
                            " format_type(CASE t.typname WHEN 'deep' THEN 'numeric'::regtype WHEN "
                            "'short' THEN 'varchar'::regtype"
                            " WHEN 'code' THEN 'text'::regtype WHEN 'good_mood' THEN "
                            "'mood'::regtype ELSE t.oid END, NULL)"
                            " FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
                            " WHERE a.attrelid = 't'::regclass AND a.attnum > 0"));
  for (const auto& row : rows) {
    const Type& type = types[*row[0]];
    INFO(*row[0]);
    const bool has_own_name = type.kind == Kind::Enum || type.kind == Kind::Other;
    CHECK(name_of(type) == (has_own_name ? *row[1] : *row[2]));
  }
  for (const char* name : {"ch", "nm", "iv", "ia", "ma", "r", "p", "o", "ti", "x", "mo", "c"}) {
    INFO(name);
    CHECK(types[name].kind == Kind::Other);
  }
  const std::vector<std::string> labels{"sad", "it's \"fine\""};
  for (const char* name : {"m", "gm"}) {
    CHECK(types[name].kind == Kind::Enum);
    CHECK(types[name].enum_labels == labels);
    CHECK(std::to_string(types[name].oid) == server.psql("SELECT 'mood'::regtype::oid"));
    CHECK(types[name].collation == Collation::None);
  }
  CHECK(numeric_modifier(types["n2"].modifier).precision == 8);
  CHECK(numeric_modifier(types["n2"].modifier).scale == -2);
  CHECK(numeric_modifier(types["am"].modifier).scale == 2);
  CHECK(types["n"].modifier == -1);
  CHECK(varchar_length(types["v"].modifier) == 40);
  CHECK(varchar_length(types["sh"].modifier) == 9);
  CHECK(types["t"].collation == Collation::Equality);
  CHECK(types["tc"].collation == Collation::Bytes);
  CHECK(types["tn"].collation == Collation::Forbidden);
  CHECK(types["co"].collation == Collation::Bytes);
  CHECK(types["sh"].collation == Collation::Forbidden);
  CHECK(types["i4"].collation == Collation::None);
}
