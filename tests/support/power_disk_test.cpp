#include "tests/support/power_disk.h"

#include <catch2/catch.hpp>
#include <set>

using namespace slotcast;
using io::OpenMode;
using test::Image;
using test::PowerDisk;

namespace {

constexpr int kCuts = 2000;

std::string text_of(const Image& image, const std::string& path) {
  const auto bytes = image.files.at(path).all();
  return std::string(as_text(bytes));
}

std::unique_ptr<io::File> create(PowerDisk& disk, const std::string& path) {
  auto opened = disk.open(path, OpenMode::Create);
  REQUIRE(opened.ok());
  return std::move(opened).value();
}

void put(PowerDisk& disk, const std::string& path, const std::string& text) {
  const auto file = create(disk, path);
  REQUIRE(file->write_at(0, as_bytes(text)).ok());
  REQUIRE(file->sync().ok());
}

// Every different outcome that `see` makes of many power cuts now.
template <class See>
std::set<std::string> outcomes(const PowerDisk& disk, See see) {
  SeededRandom random(1);
  std::set<std::string> seen;
  for (int i = 0; i < kCuts; ++i) seen.insert(see(disk.cut(disk.calls(), random)));
  return seen;
}

std::string names_of(const Image& image) {
  std::string names;
  for (const auto& [path, contents] : image.files) names += path + "=" + text_of(image, path) + " ";
  return names;
}

using Seen = std::set<std::string>;

}  // namespace

TEST_CASE("power disk: what was synced, name and contents, survives every cut", "[power]") {
  PowerDisk disk;
  put(disk, "a", "contents");
  REQUIRE(disk.sync("").ok());
  CHECK(outcomes(disk, names_of) == Seen{"a=contents "});
}

TEST_CASE("power disk: a synced file whose name was not synced may vanish", "[power]") {
  PowerDisk disk;
  put(disk, "a", "contents");
  CHECK(outcomes(disk, names_of) == Seen{"", "a=contents "});
}

TEST_CASE("power disk: an unsynced write is there, is not, or is there in part", "[power]") {
  PowerDisk disk;
  put(disk, "a", std::string(8192, '.'));
  REQUIRE(disk.sync("").ok());
  const auto file = disk.open("a", OpenMode::ReadWrite);
  REQUIRE(file.value()->write_at(100, as_bytes(std::string(6000, 'x'))).ok());
  int torn_within_a_page = 0;
  int reordered = 0;
  const Seen seen = outcomes(disk, [&](const Image& image) {
    const std::string text = text_of(image, "a");
    CHECK(text.size() == 8192);
    CHECK(text.find_first_not_of(".x") == std::string::npos);
    CHECK(text.substr(0, 100) == std::string(100, '.'));
    CHECK(text.substr(6100) == std::string(2092, '.'));
    // A sector is all old or all new where the write covers it.
    for (std::size_t at = 100; at + 1 < 6100; ++at) {
      if (text[at] != text[at + 1]) {
        CHECK((at + 1) % 512 == 0);
        torn_within_a_page += (at + 1) % 4096 != 0;
      }
    }
    reordered += text[100] == '.' && text[6000] == 'x';
    return text;
  });
  CHECK(seen.contains(std::string(8192, '.')));
  CHECK(seen.contains(std::string(100, '.') + std::string(6000, 'x') + std::string(2092, '.')));
  CHECK(torn_within_a_page > 0);
  CHECK(reordered > 0);
  CHECK(seen.size() > 20);
}

TEST_CASE("power disk: of unsynced writes a later one may survive an earlier one", "[power]") {
  PowerDisk disk;
  put(disk, "a", "..");
  REQUIRE(disk.sync("").ok());
  const auto file = disk.open("a", OpenMode::ReadWrite);
  REQUIRE(file.value()->write_at(0, as_bytes("x")).ok());
  REQUIRE(file.value()->write_at(1, as_bytes("y")).ok());
  CHECK(outcomes(disk, [](const Image& image) { return text_of(image, "a"); }) ==
        Seen{"..", "x.", ".y", "xy"});
}

TEST_CASE("power disk: a file may have any size between the synced and the newest", "[power]") {
  PowerDisk disk;
  put(disk, "a", "ab");
  REQUIRE(disk.sync("").ok());
  const auto file = disk.open("a", OpenMode::ReadWrite);
  REQUIRE(file.value()->write_at(4, as_bytes("e")).ok());
  const std::string zeros(3, '\0');
  CHECK(outcomes(disk, [](const Image& image) { return text_of(image, "a"); }) ==
        Seen{"ab", "ab" + zeros.substr(0, 1), "ab" + zeros.substr(0, 2), "ab" + zeros,
             "ab" + zeros.substr(0, 2) + "e"});
}

TEST_CASE("power disk: an unsynced rename is there or not, never both nor neither", "[power]") {
  PowerDisk disk;
  put(disk, "a", "1");
  REQUIRE(disk.sync("").ok());
  REQUIRE(disk.rename("a", "b", false).ok());
  REQUIRE(disk.rename("b", "c", false).ok());
  CHECK(outcomes(disk, names_of) == Seen{"a=1 ", "b=1 ", "c=1 "});
  REQUIRE(disk.sync("").ok());
  CHECK(outcomes(disk, names_of) == Seen{"c=1 "});
}

TEST_CASE("power disk: a dropped replacing rename gives the old file its name back", "[power]") {
  PowerDisk disk;
  put(disk, "state", "old");
  REQUIRE(disk.sync("").ok());
  put(disk, "state.tmp", "new");
  REQUIRE(disk.rename("state.tmp", "state", true).ok());
  CHECK(outcomes(disk, names_of) == Seen{"state=new ", "state=old ", "state=old state.tmp=new "});
  REQUIRE(disk.sync("").ok());
  CHECK(outcomes(disk, names_of) == Seen{"state=new "});
}

TEST_CASE("power disk: a name taken again is there only with what made it free", "[power]") {
  PowerDisk disk;
  put(disk, "a", "1");
  REQUIRE(disk.sync("").ok());
  REQUIRE(disk.rename("a", "b", false).ok());
  put(disk, "a", "2");
  CHECK(outcomes(disk, names_of) == Seen{"a=1 ", "b=1 ", "a=2 b=1 "});
}

TEST_CASE("power disk: an unsynced remove may be undone", "[power]") {
  PowerDisk disk;
  put(disk, "a", "1");
  REQUIRE(disk.sync("").ok());
  REQUIRE(disk.remove("a").ok());
  CHECK(outcomes(disk, names_of) == Seen{"", "a=1 "});
  REQUIRE(disk.sync("").ok());
  CHECK(outcomes(disk, names_of) == Seen{""});
}

TEST_CASE("power disk: a rename across directories needs both synced", "[power]") {
  const auto [first, second] = GENERATE(table<std::string, std::string>({{"x", "y"}, {"y", "x"}}));
  PowerDisk disk;
  REQUIRE(disk.make("x").ok());
  REQUIRE(disk.make("y").ok());
  put(disk, "x/a", "1");
  REQUIRE(disk.sync("x").ok());
  REQUIRE(disk.rename("x/a", "y/a", false).ok());
  REQUIRE(disk.sync(first).ok());
  CHECK(outcomes(disk, names_of) == Seen{"x/a=1 ", "y/a=1 "});
  REQUIRE(disk.sync(second).ok());
  CHECK(outcomes(disk, names_of) == Seen{"y/a=1 "});
}

TEST_CASE("power disk: make is durable when it returns, and not before", "[power]") {
  PowerDisk disk;
  REQUIRE(disk.make("x/y").ok());
  const auto see = [](const Image& image) { return std::to_string(image.directories.size()); };
  CHECK(outcomes(disk, see) == Seen{"2"});
  SeededRandom random(1);
  Seen before;
  for (int i = 0; i < kCuts; ++i) before.insert(see(disk.cut(disk.calls() - 1, random)));
  CHECK(before == Seen{"1", "2"});
}

TEST_CASE("power disk: what a failed sync lost, a later sync does not bring back", "[power]") {
  PowerDisk disk;
  put(disk, "a", "..");
  REQUIRE(disk.sync("").ok());
  const auto file = disk.open("a", OpenMode::ReadWrite);
  REQUIRE(file.value()->write_at(0, as_bytes("x")).ok());
  disk.fail_next_sync();
  CHECK(file.value()->sync().error().kind == ErrorKind::Corrupt);
  REQUIRE(file.value()->write_at(1, as_bytes("y")).ok());
  REQUIRE(file.value()->sync().ok());
  CHECK(names_of(disk.now()) == "a=xy ");
  CHECK(outcomes(disk, names_of) == Seen{"a=.y "});
}

TEST_CASE("power disk: with syncs ignored nothing is sure", "[power]") {
  PowerDisk disk;
  put(disk, "a", "1");
  REQUIRE(disk.sync("").ok());
  disk.ignore_syncs(true);
  CHECK(outcomes(disk, names_of) == Seen{"", "a= ", std::string("a=\0 ", 4), "a=1 "});
}

TEST_CASE("power disk: a disk made from an image holds it for sure", "[power]") {
  PowerDisk first;
  REQUIRE(first.make("d").ok());
  put(first, "d/a", "1");
  PowerDisk second(first.now());
  second.ignore_syncs(true);
  CHECK(outcomes(second, names_of) == Seen{"d/a=1 "});
}

TEST_CASE("power disk: a full disk takes what fits, overwrites, and goes on with room", "[power]") {
  PowerDisk disk;
  const auto file = create(disk, "a");
  disk.inject_no_space(3);
  const Status full = file->write_at(0, as_bytes("abcdef"));
  REQUIRE(!full.ok());
  CHECK(full.error().kind == ErrorKind::Transient);
  CHECK(names_of(disk.now()) == "a=abc ");
  CHECK(file->write_at(0, as_bytes("xyz")).ok());
  disk.give_space();
  CHECK(file->write_at(3, as_bytes("def")).ok());
  CHECK(names_of(disk.now()) == "a=xyzdef ");
}

TEST_CASE("power disk: a stopped disk keeps the calls before and refuses all later", "[power]") {
  PowerDisk disk;
  disk.stop_after(2);
  const auto file = create(disk, "a");
  REQUIRE(file->write_at(0, as_bytes("1")).ok());
  CHECK(!file->write_at(0, as_bytes("2")).ok());
  CHECK(!file->sync().ok());
  CHECK(!disk.rename("a", "b", false).ok());
  CHECK(names_of(disk.now()) == "a=1 ");
  CHECK(disk.calls() == 2);
  CHECK(disk.describe(1) == "write a 0+1");
}

TEST_CASE("power disk: any prefix of a long history shows its own moment, not a later", "[power]") {
  PowerDisk disk;
  put(disk, "a", "0");
  REQUIRE(disk.sync("").ok());
  const std::size_t start = disk.calls();
  const auto file = disk.open("a", OpenMode::ReadWrite);
  const auto digit = [](std::size_t turn) { return std::string(1, static_cast<char>('0' + turn)); };
  for (std::size_t turn = 1; turn <= 70; ++turn) {
    REQUIRE(file.value()->write_at(0, as_bytes(digit(turn))).ok());
    REQUIRE(file.value()->sync().ok());
  }
  SeededRandom random(5);
  for (std::size_t turn = 1; turn <= 70; ++turn) {
    Seen written;
    Seen synced;
    for (int i = 0; i < 50; ++i) {
      written.insert(text_of(disk.cut(start + 2 * turn - 1, random), "a"));
      synced.insert(text_of(disk.cut(start + 2 * turn, random), "a"));
    }
    CHECK(written == Seen{digit(turn - 1), digit(turn)});
    CHECK(synced == Seen{digit(turn)});
  }
  disk.ignore_syncs(true);
  const Seen unsynced = outcomes(disk, names_of);
  CHECK(unsynced.contains(""));
  CHECK(unsynced.contains("a= "));
}

// Against a much simpler model, a map of texts: whatever came before, once every file and then the
// directory are synced, each cut must leave exactly what a reader saw at that moment.
TEST_CASE("power disk: random histories never break a promise of a sync", "[power]") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SeededRandom random(seed);
    PowerDisk disk;
    std::map<std::string, std::string> live;  // what a reader sees
    const std::string names[] = {"a", "b", "c"};
    for (int step = 0; step < 60; ++step) {
      const std::string& name = names[random.next() % 3];
      const std::string letter(1, static_cast<char>('a' + random.next() % 26));
      switch (random.next() % 5) {
        case 0:
        case 1: {
          const auto mode = live.contains(name) ? OpenMode::ReadWrite : OpenMode::Create;
          const auto file = disk.open(name, mode);
          const std::size_t at = random.next() % (live[name].size() + 1);
          REQUIRE(file.value()->write_at(at, as_bytes(letter)).ok());
          live[name].resize(std::max(live[name].size(), at + 1));
          live[name][at] = letter[0];
          break;
        }
        case 2:
          REQUIRE(disk.remove(name).ok());
          live.erase(name);
          break;
        case 3: {
          const std::string& to = names[random.next() % 3];
          if (!live.contains(name) || name == to) break;
          REQUIRE(disk.rename(name, to, true).ok());
          live[to] = live[name];
          live.erase(name);
          break;
        }
        case 4:
          for (const auto& [path, text] : live) {
            REQUIRE(disk.open(path, OpenMode::ReadWrite).value()->sync().ok());
          }
          REQUIRE(disk.sync("").ok());
          for (int i = 0; i < 10; ++i) {
            CHECK(names_of(disk.cut(disk.calls(), random)) == names_of(disk.now()));
          }
          break;
      }
      for (const auto& [path, text] : live) CHECK(text_of(disk.now(), path) == text);
    }
  }
}
