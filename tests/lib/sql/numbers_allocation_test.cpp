// Goal: numbers ask for no memory once the frame has what the rows need.
// Method: the same calls again and again, and the count of allocations.

#include <catch2/catch.hpp>

#include "tests/support/allocations.h"
#include "tests/support/number_oracle.h"

using namespace slotcast;
using sql::Frame;
using sql::Kind;
using sql::Value;

namespace {

const char* sample_of(Kind kind) {
  switch (kind) {
    case Kind::Bool:
      return "t";
    case Kind::Numeric:
      return "12345678901234567890.5";
    case Kind::Float4:
    case Kind::Float8:
      return "7.25";
    default:
      return "12";
  }
}

// Every function on its samples, the result printed.
void evaluate_all(const test::Numbers& numbers, Frame& frame) {
  for (const sql::Function& function : numbers.functions) {
    frame.reset();
    Value arguments[sql::kArgumentsMax];
    for (int i = 0; i < function.count; ++i) {
      const Value text = Value::of_text(sample_of(function.arguments[i]));
      numbers.type(function.arguments[i]).input(frame, &text, arguments[i]);
    }
    Value result;
    std::string_view text;
    function.call(frame, arguments, result);
    numbers.type(function.result).output(frame, result, text);
  }
}

}  // namespace

TEST_CASE("numbers: no allocation for a row once memory has grown", "[sql][numbers]") {
  const test::Numbers numbers;
  Frame frame;
  evaluate_all(numbers, frame);
  const auto before = test::allocations();
  for (int i = 0; i < 100; ++i) evaluate_all(numbers, frame);
  CHECK(test::allocations() == before);
}
