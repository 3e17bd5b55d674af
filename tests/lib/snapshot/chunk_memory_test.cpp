#include "lib/snapshot/chunk_memory.h"

#include <catch2/catch.hpp>

#include "lib/snapshot/chunk_reader.h"
#include "tests/support/power_disk.h"

using namespace slotcast;
using namespace slotcast::snapshot;

TEST_CASE("chunk memory: what is written is read, whatever keys and names hold", "[snapshot]") {
  test::PowerDisk disk;
  CHECK(read_chunk_memory(disk).value() == ChunkMemory());
  ChunkMemory memory;
  memory.next_number = 2001;
  memory.scanned = {10'000'000'000'017};
  memory.scanned_lsn = {0x16B374D848};
  Request half;
  half.sinks = {"events", "lake"};
  half.schema = "od d";
  half.table = "new\nline % \"quoted\" ümlaut";
  half.visible = "731:740:733,735";
  half.after = {"17", "", " ", "a\tb\nc"};
  half.is_read = true;
  half.again = {{"1", "x y"}, {"", "%41"}};
  Request all;
  all.sinks = {"lake"};
  all.is_resync = all.is_begun = true;
  all.only = {"public.*"};
  all.except = {"public.a*", "odd schema.*"};
  memory.requests = {half, all};
  memory.ready = {{7, {"lake"}, {99}}, {8, {"events", "lake"}, {100}}};
  memory.losses = {"table a.b could not be read: it has no key"};
  memory.read_until = {{"events", {0x16B374D849}}, {"lake", {7}}};
  REQUIRE(write_chunk_memory(disk, memory).ok());
  CHECK(read_chunk_memory(disk).value() == memory);
}

TEST_CASE("seen by: what a snapshot does not see, by the stream's 32-bit ids", "[snapshot]") {
  const auto seen = parse_seen_by("731:740:733,735");
  REQUIRE(seen);
  for (const std::uint32_t xid : {3u, 730u, 731u, 732u, 734u, 739u}) CHECK_FALSE(seen->misses(xid));
  for (const std::uint32_t xid : {733u, 735u, 740u, 741u, 5000u}) CHECK(seen->misses(xid));
  CHECK_FALSE(parse_seen_by("5:5:")->misses(4));
  // Behind the first 4,294,967,296 transactions.
  const auto later = parse_seen_by("4294967290:4294967306:4294967295,4294967300");
  REQUIRE(later);
  CHECK(later->misses(4294967295u));
  CHECK(later->misses(4));
  CHECK_FALSE(later->misses(4294967294u));
  CHECK_FALSE(later->misses(5));
  CHECK(later->misses(10));
  for (const char* wrong : {"", "1", "1:2", "x:y:", "1:2:3;4"}) CHECK_FALSE(parse_seen_by(wrong));
}
