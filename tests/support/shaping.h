#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "lib/route/shaping.h"

namespace slotcast::test {

// What a route says, as if it were read from a file. An empty text says nothing.
inline std::shared_ptr<const route::Shaping> make_shaping(const std::string& where,
                                                          const std::string& select) {
  auto said = std::make_shared<route::Shaping>();
  said->route = "routes[0]";
  said->place = [](auto, std::uint32_t offset) { return "at " + std::to_string(offset); };
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

}  // namespace slotcast::test
