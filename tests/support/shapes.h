#pragma once

#include <memory>
#include <string>

#include "lib/route/shape.h"
#include "lib/route/shaping.h"

namespace slotcast::test {

// The clauses of a route, "" for none; a text that does not parse fails the test.
std::shared_ptr<const route::Shaping> make_shaping(const std::string& where,
                                                   const std::string& select);

std::shared_ptr<const route::Shape> make_shape(const Relation& relation, const std::string& where,
                                               const std::string& select);

}  // namespace slotcast::test
