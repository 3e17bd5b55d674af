#include <catch2/catch.hpp>

#include "lib/base/crc32c.h"

using namespace slotcast;

// RFC 3720, appendix B.4: the standard's own examples.
TEST_CASE("crc32c: gives the standard's check values, by instruction and by table", "[base]") {
  const std::string digits = "123456789";
  CHECK(crc32c(as_bytes(digits)) == 0xE3069283u);
  CHECK(crc32c_portable(as_bytes(digits)) == 0xE3069283u);
  const std::string zeros(32, '\0');
  CHECK(crc32c(as_bytes(zeros)) == 0x8A9136AAu);
}
