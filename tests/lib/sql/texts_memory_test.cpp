// Goal: once a frame has grown to what the rows need, no row of the families of texts asks for
// memory.
// Method: the same calls again with the same frame, and a count of what was asked for in between.

#include <catch2/catch.hpp>

#include "lib/sql/builtin.h"
#include "tests/support/allocations.h"

using namespace slotcast;
using namespace slotcast::sql;

namespace {

Value argument(Kind kind, std::size_t at) {
  switch (kind) {
    case Kind::Int4:
      return Value::of_integer(1);
    case Kind::Uuid:
      return Value::of_text("00000000-0000-0000-0000-00000000000a");
    case Kind::Json:
    case Kind::Jsonb:
      return Value::of_text(R"([{"a": "\n long enough to be nowhere but in the heap", "b": 1}])");
    default:
      return Value::of_text(at == 0 ? "long enough to be nowhere but in the heap, é" : "e");
  }
}

// Whatever `call` does, for two rows at first and then for another hundred.
template <class Call>
std::uint64_t asked_for(Frame& frame, const Call& call) {
  std::uint64_t before = 0;
  for (int row = 0; row < 102; ++row) {
    if (row == 2) before = test::allocations();
    frame.reset();
    call();
  }
  return test::allocations() - before;
}

}  // namespace

TEST_CASE("texts: rows ask for no memory", "[sql][texts]") {
  Frame frame;
  for (const Family& family : {text_family(), binary_family(), json_family()}) {
    for (const Function& function : family.functions) {
      // What OpenSSL does inside of itself is not ours.
      if (function.name == "md5") continue;
      Value arguments[kArgumentsMax];
      for (std::size_t i = 0; i < static_cast<std::size_t>(function.count); ++i) {
        arguments[i] = argument(function.arguments[i], i);
      }
      Value result;
      bool is_called = true;
      const std::uint64_t asked =
          asked_for(frame, [&] { is_called &= function.call(frame, arguments, result); });
      INFO(function.name);
      CHECK(is_called);
      CHECK(asked == 0);
    }
    for (const TypeRoutines& type : family.types) {
      if (type.input == nullptr) continue;
      const Value text = argument(type.kind, 0);
      Value result;
      std::string_view printed;
      const std::uint64_t asked = asked_for(frame, [&] {
        type.input(frame, &text, result);
        if (type.output != nullptr) type.output(frame, result, printed);
      });
      CHECK(asked == 0);
    }
  }
}
