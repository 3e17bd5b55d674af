#pragma once

#include <cstdint>

namespace slotcast::test {

// How often this thread asked for memory so far: "no allocation per row" is a promise of its own.
std::uint64_t allocations();

}  // namespace slotcast::test
