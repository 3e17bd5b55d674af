#include "lib/base/bytes.h"

#include <catch2/catch.hpp>

using namespace slotcast;

namespace {

std::vector<std::byte> raw(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

}  // namespace

TEST_CASE("bytes: our own numbers are little-endian, those of the server big-endian", "[base]") {
  const auto bytes = raw({1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(load_le<std::uint8_t>(bytes.data()) == 0x01);
  CHECK(load_le<std::uint16_t>(bytes.data()) == 0x0201);
  CHECK(load_le<std::uint32_t>(bytes.data()) == 0x04030201);
  CHECK(load_le<std::uint64_t>(bytes.data()) == 0x0807060504030201);
  CHECK(load_be<std::uint8_t>(bytes.data()) == 0x01);
  CHECK(load_be<std::uint16_t>(bytes.data()) == 0x0102);
  CHECK(load_be<std::uint32_t>(bytes.data()) == 0x01020304);
  CHECK(load_be<std::uint64_t>(bytes.data()) == 0x0102030405060708);
  auto stored = raw({0, 0, 0, 0});
  store_be<std::uint32_t>(stored.data(), 0x01020304);
  CHECK(stored == raw({1, 2, 3, 4}));
  store_le<std::uint32_t>(stored.data(), 0x01020304);
  CHECK(stored == raw({4, 3, 2, 1}));
}

TEST_CASE("bytes: what a writer put, a reader finds", "[base]") {
  std::vector<std::byte> out;
  ByteWriter(out)
      .put<std::uint8_t>(7)
      .put<std::uint64_t>(1ull << 60)
      .put_text("shop")
      .put_text("")
      .put_bytes(raw({9, 9}));
  ByteReader reader(out);
  CHECK(reader.le<std::uint8_t>() == 7);
  CHECK(reader.le<std::uint64_t>() == 1ull << 60);
  CHECK(reader.text() == "shop");
  CHECK(reader.text().empty());
  CHECK(reader.remaining() == 2);
  CHECK(reader.take(2).size() == 2);
  CHECK(reader.ok());
}

TEST_CASE("bytes: a reader of a message cut anywhere fails and stays within it", "[base]") {
  std::vector<std::byte> out;
  ByteWriter(out).put<std::uint16_t>(1).put_text("name").put_bytes(as_bytes("zero"));
  out.push_back(std::byte{0});
  for (std::size_t length = 0; length <= out.size(); ++length) {
    // A copy of just that size, so that the sanitizer sees a read beyond it.
    const std::vector<std::byte> cut(out.begin(), out.begin() + static_cast<long>(length));
    ByteReader reader(cut);
    const auto number = reader.le<std::uint16_t>();
    const auto name = reader.text();
    const auto zero = reader.c_string();
    CHECK(reader.ok() == (length == out.size()));
    CHECK((number == 1) == (length >= 2));
    CHECK((name == "name") == (length >= 10));
    CHECK((zero == "zero") == (length == out.size()));
  }
}

TEST_CASE("bytes: after the first failure a reader gives nothing more", "[base]") {
  const auto bytes = raw({1, 2, 3});
  ByteReader reader(bytes);
  CHECK(reader.be<std::uint32_t>() == 0);
  CHECK(reader.be<std::uint8_t>() == 0);
  CHECK(reader.take(1).empty());
  CHECK(reader.c_string().empty());
  CHECK(!reader.ok());
}

TEST_CASE("bytes: a length larger than the rest is not followed", "[base]") {
  const auto bytes = raw({0xFF, 0xFF, 0xFF, 0xFF, 'a'});
  ByteReader reader(bytes);
  CHECK(reader.text().empty());
  CHECK(!reader.ok());
}
