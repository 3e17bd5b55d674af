#pragma once

#include <string>
#include <vector>

#include "lib/change/relation.h"

// A column for every kind of type that PostgreSQL has, with values at its edges.

namespace slotcast::test {

struct TypedSample {
  std::string type;                 // as CREATE TABLE takes it
  std::vector<std::string> values;  // expressions of SQL; NULL comes in addition
  TypeClass type_class = TypeClass::Text;
  // What two values are compared by: itself, or a cast where the type has no equality, or where
  // texts differ that mean the same.
  std::string comparable = "%";
};

// What the types need that are not built in.
extern const char* const kTypesOfTheirOwn;

const std::vector<TypedSample>& typed_samples();

}  // namespace slotcast::test
