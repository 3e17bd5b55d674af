// Goal: a part's bytes are those that were appended, and its memory is gone when they are.
// Method: pieces of many sizes beside a string; the process's own account of its memory.

#include "connectors/stage/s3/part_buffer.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <memory>
#include <vector>

#include "lib/base/random.h"

using slotcast::SeededRandom;
using slotcast::stage::s3::PartBuffer;

namespace {

std::size_t resident_bytes() {
  std::size_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * 4096;
}

}  // namespace

TEST_CASE("s3: a part holds what was appended, again after it was cleared", "[s3]") {
  SeededRandom random(7);
  PartBuffer buffer;
  for (int life = 0; life < 3; ++life) {
    std::string expected;
    CHECK(buffer.empty());
    CHECK(buffer.text().empty());
    for (int i = 0; i < 200; ++i) {
      const std::string piece(random.next() % 20'000, static_cast<char>('a' + i % 26));
      buffer.append(piece);
      expected += piece;
    }
    CHECK(buffer.size() == expected.size());
    CHECK((buffer.text() == expected));
    buffer.clear();
  }
}

TEST_CASE("s3: parts that were sent hold no memory", "[s3]") {
  const std::string piece(1 << 20, 'x');
  const std::size_t before = resident_bytes();
  std::vector<std::unique_ptr<PartBuffer>> buffers;
  for (int i = 0; i < 20; ++i) {
    buffers.push_back(std::make_unique<PartBuffer>());
    for (int megabyte = 0; megabyte < 16; ++megabyte) buffers.back()->append(piece);
    buffers.back()->clear();
    buffers.back()->append("a row");
  }
  // Of 320 MiB; what watches threads has shadows of its own.
  CHECK(resident_bytes() < before + (160u << 20));
}
