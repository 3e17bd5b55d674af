#pragma once

#include <cstdint>

#include "lib/base/bytes.h"

namespace slotcast {

// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `bytes`, continuing from `before`, which is the
// checksum of what stands in front of them. By the processor's instruction where there is one.
std::uint32_t crc32c(Bytes bytes, std::uint32_t before = 0);

// The same by table: what other processors use, and what tests compare the first with.
std::uint32_t crc32c_portable(Bytes bytes, std::uint32_t before = 0);

}  // namespace slotcast
