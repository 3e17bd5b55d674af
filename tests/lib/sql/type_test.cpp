// Goal: types are called what the server calls them, and modifiers mean what they mean there.
// Method: a server's catalog and its format_type() are asked about every kind, every precision and
//         every scale.

#include "lib/sql/type.h"

#include <catch2/catch.hpp>
#include <map>

#include "tests/lib/pg/source.h"

namespace slotcast::sql::test {
namespace {

using pg::test::must;

// One server for the whole file.
pg::Connection& connection() {
  static const slotcast::test::Postgres postgres;
  static pg::Connection connection = pg::test::connect(pg::test::options_for(postgres));
  return connection;
}

std::vector<Kind> built_in_kinds() {
  std::vector<Kind> kinds;
  for (int i = 0; i < kKindCount; ++i) {
    const Kind kind = static_cast<Kind>(i);
    if (kind != Kind::Unknown && kind != Kind::Enum && kind != Kind::Other) kinds.push_back(kind);
  }
  return kinds;
}

// By modifier, as format_type() prints the type with it.
std::map<std::int32_t, std::string> names_with_modifiers(Kind kind, const std::string& modifiers) {
  std::map<std::int32_t, std::string> names;
  const auto rows =
      must(connection().query("SELECT m, format_type(" + std::to_string(oid_of(kind)) +
                              ", m) FROM " + modifiers + " AS modifiers (m)"));
  for (const auto& row : rows) names[std::stoi(*row[0])] = *row[1];
  return names;
}

}  // namespace

TEST_CASE("kinds have the server's names and oids", "[sql][type][server]") {
  for (const Kind kind : built_in_kinds()) {
    const std::string oid = std::to_string(oid_of(kind));
    const auto rows =
        must(connection().query("SELECT format_type(oid, NULL) FROM pg_type WHERE oid = " + oid));
    INFO(name_of(kind) << ", oid " << oid);
    REQUIRE(rows.size() == 1);
    CHECK(name_of(kind) == *rows[0][0]);
    CHECK(kind_of_oid(oid_of(kind)) == kind);
    Type type;
    type.kind = kind;
    CHECK(name_of(type) == *rows[0][0]);
  }
}

TEST_CASE("every other type of the catalog is of no kind", "[sql][type][server]") {
  std::map<std::uint32_t, Kind> known;
  for (const Kind kind : built_in_kinds()) known[oid_of(kind)] = kind;
  CHECK(known.size() == built_in_kinds().size());
  const auto rows = must(connection().query("SELECT oid FROM pg_type"));
  CHECK(rows.size() > 500);
  for (const auto& row : rows) {
    const auto oid = static_cast<std::uint32_t>(std::stoul(*row[0]));
    CHECK(kind_of_oid(oid) == (known.contains(oid) ? known[oid] : Kind::Other));
  }
  CHECK(kind_of_oid(0) == Kind::Other);
  CHECK(oid_of(Kind::Unknown) == 0);
  CHECK(oid_of(Kind::Enum) == 0);
  CHECK(oid_of(Kind::Other) == 0);
}

TEST_CASE("a type of the user's is called what its column says", "[sql][type][server]") {
  Type type;
  type.kind = Kind::Enum;
  type.oid = 16'384;
  type.name = "shop.\"Size\"";
  CHECK(name_of(type) == "shop.\"Size\"");
}

TEST_CASE("a numeric's precision and scale stand in its modifier as the server puts them there",
          "[sql][type][server]") {
  // All precisions with some scales, and all scales, of which some are negative.
  const auto names = names_with_modifiers(
      Kind::Numeric,
      "(SELECT numerictypmodin(ARRAY[p::text, s::text]::cstring[]) "
      "FROM generate_series(1, 1000) p, unnest(ARRAY[-1000, -1, 0, 1, 2, 999, 1000]) s UNION "
      "SELECT numerictypmodin(ARRAY[p::text, s::text]::cstring[]) "
      "FROM unnest(ARRAY[1, 38, 1000]) p, generate_series(-1000, 1000) s)");
  CHECK(names.size() == 7 * 1'000 + 3 * (2'001 - 7));
  for (const auto& [modifier, name] : names) {
    const NumericModifier numeric = numeric_modifier(modifier);
    CHECK("numeric(" + std::to_string(numeric.precision) + "," + std::to_string(numeric.scale) +
              ")" ==
          name);
    CHECK(to_modifier(numeric) == modifier);
  }
}

TEST_CASE("a varchar's length stands in its modifier as the server puts it there",
          "[sql][type][server]") {
  const auto names =
      names_with_modifiers(Kind::Varchar,
                           "(SELECT varchartypmodin(ARRAY[n::text]::cstring[]) "
                           "FROM unnest(ARRAY[1, 2, 3, 4, 5, 255, 65535, 65536, 10485760]) n)");
  CHECK(names.size() == 9);
  for (const auto& [modifier, name] : names) {
    const std::int32_t length = varchar_length(modifier);
    CHECK("character varying(" + std::to_string(length) + ")" == name);
    CHECK(to_varchar_modifier(length) == modifier);
  }
}

}  // namespace slotcast::sql::test
