#include "lib/change/catalog.h"

#include <catch2/catch.hpp>

using namespace slotcast;

TEST_CASE("catalog: a relation takes over what it says", "[change]") {
  Relation relation;
  for (const char* name : {"m", "id", "v", "note"}) relation.columns.emplace_back().name = name;
  relation.columns[1].type_modifier = 7;
  Catalog catalog;
  catalog.columns.push_back({"mood", 'e', 16400, 0, {"sad", "", "glad"}, 'e'});
  catalog.columns.push_back({"integer[]", 'b', 1007, 23, {}});
  catalog.columns.push_back({"amount", 'd', 1700, 0, {}, 'b', 655366});
  catalog.columns.push_back({"text", 'b', 25, 0, {}, 'b', -1, Collation::Forbidden});
  catalog.primary_key = {"id", "v"};
  apply(catalog, relation);
  const auto& columns = relation.columns;
  REQUIRE(columns[0].words);
  CHECK(columns[0].words->name == "mood");
  CHECK(columns[0].words->enum_labels == catalog.columns[0].enum_labels);
  CHECK(columns[0].base_kind == 'e');
  CHECK_FALSE(columns[0].is_primary_key);
  CHECK(columns[1].is_primary_key);
  CHECK(columns[1].base_modifier == 7);
  CHECK(columns[2].type_class == TypeClass::Decimal);
  CHECK(columns[2].base_oid == 1700);
  CHECK(columns[2].base_modifier == 655366);
  CHECK(columns[3].collation == Collation::Forbidden);

  // Of a version of the table with another number of columns.
  Relation other;
  other.columns.emplace_back().name = "v";
  apply(catalog, other);
  CHECK(other.columns[0].is_primary_key);
  CHECK(other.columns[0].base_oid == 0);
  CHECK_FALSE(other.columns[0].words);
}
