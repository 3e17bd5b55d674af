#include "lib/base/crc32c.h"

#include <catch2/catch.hpp>

#include "lib/base/random.h"

using namespace slotcast;

// RFC 3720, appendix B.4: the standard's own examples.
TEST_CASE("crc32c: gives the standard's check values, by instruction and by table", "[base]") {
  const std::string digits = "123456789";
  CHECK(crc32c(as_bytes(digits)) == 0xE3069283u);
  CHECK(crc32c_portable(as_bytes(digits)) == 0xE3069283u);
  const std::string zeros(32, '\0');
  CHECK(crc32c(as_bytes(zeros)) == 0x8A9136AAu);
}

// All lengths and alignments that the instruction treats in ways of its own.
TEST_CASE("crc32c: instruction and table agree on any bytes, whole or continued", "[base]") {
  SeededRandom random(1);
  std::vector<std::byte> bytes(600);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.next());
  for (std::size_t begin = 0; begin < 9; ++begin) {
    for (std::size_t length = 0; length <= 580; ++length) {
      const Bytes part = Bytes(bytes).subspan(begin, length);
      const std::uint32_t whole = crc32c(part);
      REQUIRE(whole == crc32c_portable(part));
      const std::size_t cut = random.next() % (length + 1);
      REQUIRE(crc32c(part.subspan(cut), crc32c(part.first(cut))) == whole);
    }
  }
}

TEST_CASE("crc32c: instruction and table agree on what is taken in three parts", "[base]") {
  SeededRandom random(2);
  std::vector<std::byte> bytes(8000);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.next());
  for (std::size_t length = 1500; length <= 7900; length += 1 + random.next() % 40) {
    const Bytes part = Bytes(bytes).subspan(random.next() % 9, length);
    const auto before = static_cast<std::uint32_t>(random.next());
    REQUIRE(crc32c(part, before) == crc32c_portable(part, before));
  }
}
