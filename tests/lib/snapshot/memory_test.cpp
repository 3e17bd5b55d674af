#include "lib/snapshot/memory.h"

#include <catch2/catch.hpp>

#include "tests/support/power_disk.h"

using namespace slotcast;
using snapshot::Memory;

TEST_CASE("snapshot memory: what is written is read, whatever the names hold", "[snapshot]") {
  test::PowerDisk disk;
  CHECK_FALSE(snapshot::read_memory(disk).value().has_value());
  Memory memory;
  memory.point = {0x16B374D848};
  memory.time = {712345678901234};
  memory.visible = "731:740:733,735";
  memory.tables = {
      {16384, "public", "plain", {{16384, 16390, 12, 5, 98304}, {16400, 16400, 0, 1, 0}}},
      {16385, "od d", "new\nline % %41 \x7f \"quoted\" ümlaut", {}},
  };
  memory.sinks = {"lake", "events"};
  memory.is_interrupted = true;
  memory.again = {16384, 16385};
  REQUIRE(snapshot::write_memory(disk, memory).ok());
  CHECK(snapshot::read_memory(disk).value() == memory);
  memory.is_done = true;
  REQUIRE(snapshot::write_memory(disk, memory).ok());
  CHECK(snapshot::read_memory(disk).value() == memory);
}
