#include "tests/support/shapes.h"

#include <catch2/catch.hpp>

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
  auto shape = Shape::make(make_shaping(where, select), relation, {});
  if (!shape.ok()) FAIL(shape.error().what);
  return shape.value();
}

}  // namespace slotcast::test
