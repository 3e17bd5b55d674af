#pragma once

#include <string>
#include <vector>

// What expressions of routes are promised to be able to do, one entry for each operator, function
// and cast with each type that it takes. Written down from what was promised, not from the
// product's own tables.

namespace slotcast::test {

struct Construct {
  std::string name;
  // Expressions with holes: "{int4}" is an operand of that type, "{small}" a small integer; see
  // ExpressionMaker::filled(). The construct is what is done last.
  std::vector<std::string> forms;
};

std::vector<Construct> promised_constructs();

// Texts whose collation comes from several places; the column c has "C".
std::vector<std::string> texts_with_collations();

// Between any two of the types: which casts there are is for PostgreSQL to say.
std::vector<Construct> casts_of_promised_types();

}  // namespace slotcast::test
