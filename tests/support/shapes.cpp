#include "tests/support/shapes.h"

#include <catch2/catch.hpp>

#include "lib/sql/scope.h"

namespace slotcast::test {

using route::Shape;
using route::Shaping;

std::shared_ptr<const Shaping> make_shaping(const std::string& where, const std::string& select) {
  auto said = std::make_shared<Shaping>();
  said->route = "routes[0]";
  said->place = [](Shaping::Clause, std::uint32_t offset) {
    return "at " + std::to_string(offset);
  };
  if (!where.empty()) {
    auto parsed = sql::parse_where(where);
    REQUIRE_FALSE(parsed.complaint);
    said->where = std::move(parsed.value);
  }
  if (!select.empty()) {
    auto parsed = sql::parse_select(select);
    REQUIRE_FALSE(parsed.complaint);
    said->select = std::move(parsed.value);
  }
  return said;
}

std::shared_ptr<const Shape> make_shape(const Relation& relation, const std::string& where,
                                        const std::string& select) {
  auto made = Shape::make(make_shaping(where, select), relation, sql::scope_of(relation));
  for (const Error& mistake : made.mistakes) FAIL_CHECK(mistake.what);
  REQUIRE(made.shape);
  return made.shape;
}

}  // namespace slotcast::test
