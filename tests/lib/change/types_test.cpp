#include "lib/change/types.h"

#include <catch2/catch.hpp>

using namespace slotcast;

TEST_CASE("types: the built-in types have their classes, all others are text", "[change]") {
  CHECK(type_class_of(16) == TypeClass::Boolean);
  for (const std::uint32_t oid : {20u, 21u, 23u, 26u}) {
    CHECK(type_class_of(oid) == TypeClass::Integer);
  }
  for (const char* name : {"bool", "int8", "int4", "numeric", "float8", "jsonb"}) {
    CHECK(type_class_of(oid_of_built_in(name)) != TypeClass::Text);
  }
  CHECK(oid_of_built_in("numeric") == 1700);
  CHECK(oid_of_built_in("timestamptz") == 1184);
  CHECK(oid_of_built_in("mood") == 0);
  CHECK(type_class_of(1700) == TypeClass::Decimal);
  for (const std::uint32_t oid : {700u, 701u}) CHECK(type_class_of(oid) == TypeClass::Float);
  for (const std::uint32_t oid : {114u, 3802u}) CHECK(type_class_of(oid) == TypeClass::Json);
  // money, bytea, timestamptz, uuid, int4[], and a type of the user's own.
  for (const std::uint32_t oid : {790u, 17u, 1184u, 2950u, 1007u, 16999u}) {
    CHECK(type_class_of(oid) == TypeClass::Text);
  }
}
