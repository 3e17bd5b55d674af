#include "lib/io/state_file.h"

#include <catch2/catch.hpp>
#include <set>

#include "tests/support/power_disk.h"
#include "tests/support/temp_dir.h"

using namespace slotcast;
using test::Image;
using test::PowerDisk;

namespace {

// What a reader of the image gets: the contents, "(none)" or "(corrupt)".
std::string found(const Image& image) {
  PowerDisk disk(image);
  const auto read = io::read_state_file(disk, "state");
  if (!read.ok()) {
    return read.error().kind == ErrorKind::Corrupt ? "(corrupt)" : "(" + read.error().what + ")";
  }
  return read.value().value_or("(none)");
}

}  // namespace

TEST_CASE("state file: what was written is read, on the real disk", "[io]") {
  const test::TempDir temporary;
  const auto directory = temporary.open();
  CHECK(io::read_state_file(*directory, "state").value() == std::nullopt);
  for (const std::string text : {"system 7\nslot shop\n", "", "\n", "no newline"}) {
    REQUIRE(io::write_state_file(*directory, "state", text).ok());
    CHECK(io::read_state_file(*directory, "state").value() == text);
  }
  CHECK(directory->list("").value().size() == 1);
}

TEST_CASE("state file: a power cut in any moment leaves the old contents or the new", "[io]") {
  PowerDisk disk;
  REQUIRE(io::write_state_file(disk, "state", "old").ok());
  const std::size_t before = disk.calls();
  REQUIRE(io::write_state_file(disk, "state", std::string(9000, 'n')).ok());
  SeededRandom random(7);
  std::set<std::string> seen;
  for (std::size_t calls = before; calls <= disk.calls(); ++calls) {
    for (int i = 0; i < 300; ++i) {
      const std::string contents = found(disk.cut(calls, random));
      if (calls == disk.calls()) CHECK(contents == std::string(9000, 'n'));
      seen.insert(contents);
    }
  }
  CHECK(seen == std::set<std::string>{"old", std::string(9000, 'n')});
}

TEST_CASE("state file: without syncs a power cut shows, so the test above can fail", "[io]") {
  PowerDisk disk;
  REQUIRE(io::write_state_file(disk, "state", "old").ok());
  REQUIRE(io::write_state_file(disk, "state", std::string(9000, 'n')).ok());
  disk.ignore_syncs(true);
  SeededRandom random(7);
  std::set<std::string> seen;
  for (int i = 0; i < 300; ++i) seen.insert(found(disk.cut(disk.calls(), random)));
  CHECK(seen.contains("(corrupt)"));
  CHECK(seen.contains("(none)"));
}

TEST_CASE("state file: a temporary file left by a crash is in nobody's way", "[io]") {
  PowerDisk disk;
  disk.stop_after(2);
  CHECK(!io::write_state_file(disk, "state", "first").ok());
  PowerDisk after(disk.now());
  CHECK(io::read_state_file(after, "state").value() == std::nullopt);
  REQUIRE(io::write_state_file(after, "state", "second").ok());
  CHECK(found(after.now()) == "second");
}

TEST_CASE("state file: every flipped bit and every cut is noticed", "[io]") {
  PowerDisk disk;
  REQUIRE(io::write_state_file(disk, "state", "system 7123\nslot shop\n").ok());
  const std::uint64_t size = disk.bytes("state").size();
  for (std::uint64_t at = 0; at < size; ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Image image = disk.now();
      image.flip("state", at, bit);
      CAPTURE(at, bit);
      const std::string contents = found(image);
      // The version's digit made larger is a newer version's file: refused, too.
      const bool is_refused =
          contents == "(corrupt)" || contents.find("newer") != std::string::npos;
      CHECK(is_refused);
    }
    Image image = disk.now();
    image.truncate("state", at);
    CHECK(found(image) == "(corrupt)");
  }
}

TEST_CASE("state file: that of a newer version is Invalid, not Corrupt", "[io]") {
  PowerDisk disk;
  const auto file = disk.open("state", io::OpenMode::Create);
  REQUIRE(file.value()->write_at(0, as_bytes("slotcast-state 2 whatever comes\n{}")).ok());
  const auto read = io::read_state_file(disk, "state");
  REQUIRE(!read.ok());
  CHECK(read.error().kind == ErrorKind::Invalid);
}
