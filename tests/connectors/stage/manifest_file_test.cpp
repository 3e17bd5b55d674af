// Goal: a batch's lines stand in the manifest once, whatever a crash, an editor or a rotation left.
// Method: a disk in memory that loses power after any call; expected texts are written out here.
#include "connectors/stage/manifest_file.h"

#include <catch2/catch.hpp>

#include "tests/support/power_disk.h"

using namespace slotcast;
using stage::ManifestFile;
using test::PowerDisk;

namespace {

const std::string kPath = "_manifest/shop-lake.jsonl";
const std::string kFirst = "{\"file\":\"a\"}\n{\"file\":\"b\"}\n";
const std::string kSecond = "{\"file\":\"c\"}\n" + std::string(9000, 'x') + "}\n";

void require_ok(const Status& status) {
  if (!status.ok()) FAIL(status.error().what);
}

std::string text_of(const PowerDisk& disk) {
  const auto bytes = disk.bytes(kPath);
  return std::string(as_text(bytes));
}

void put(PowerDisk& disk, const std::string& text) {
  require_ok(disk.make("_manifest"));
  require_ok(disk.remove(kPath));
  const auto file = disk.open(kPath, io::OpenMode::Create);
  require_ok(file.status());
  require_ok(file.value()->write_at(0, as_bytes(text)));
  require_ok(file.value()->sync());
  require_ok(disk.sync("_manifest"));
}

std::uint64_t end_of(ManifestFile& manifest) {
  const auto end = manifest.end();
  require_ok(end.status());
  return end.value();
}

}  // namespace

TEST_CASE("manifest file: lines are added once, however often one says so", "[stage]") {
  PowerDisk disk;
  ManifestFile manifest(disk, kPath);
  CHECK(end_of(manifest) == 0);
  require_ok(manifest.append_once(0, kFirst));
  require_ok(manifest.append_once(0, kFirst));
  const std::uint64_t end = end_of(manifest);
  CHECK(end == kFirst.size());
  require_ok(manifest.append_once(end, kSecond));
  require_ok(manifest.append_once(end, kSecond));
  // Of an earlier batch: it is there.
  require_ok(manifest.append_once(0, kFirst));
  CHECK(text_of(disk) == kFirst + kSecond);
}

TEST_CASE("manifest file: the power fails after any call, and the lines are there once",
          "[stage][power]") {
  PowerDisk disk;
  put(disk, kFirst);
  const std::size_t before = disk.calls();
  ManifestFile manifest(disk, kPath);
  require_ok(manifest.append_once(kFirst.size(), kSecond));
  SeededRandom random(7);
  int torn = 0;
  for (std::size_t calls = before; calls <= disk.calls(); ++calls) {
    for (int i = 0; i < 50; ++i) {
      PowerDisk after(disk.cut(calls, random));
      const std::string left = text_of(after);
      torn += left != kFirst && left != kFirst + kSecond ? 1 : 0;
      ManifestFile again(after, kPath);
      require_ok(again.append_once(kFirst.size(), kSecond));
      CHECK(text_of(after) == kFirst + kSecond);
    }
  }
  CHECK(torn > 0);
}

TEST_CASE("manifest file: every part of the lines that may be left is completed", "[stage]") {
  for (std::size_t left = 0; left <= kSecond.size(); left += left < 20 ? 1 : 997) {
    PowerDisk disk;
    put(disk, kFirst + kSecond.substr(0, left));
    ManifestFile manifest(disk, kPath);
    require_ok(manifest.append_once(kFirst.size(), kSecond));
    CHECK(text_of(disk) == kFirst + kSecond);
  }
}

TEST_CASE("manifest file: one that was moved away or shortened is begun again", "[stage]") {
  PowerDisk disk;
  ManifestFile manifest(disk, kPath);
  require_ok(manifest.append_once(5000, kFirst));  // it had 5000 bytes
  CHECK(text_of(disk) == kFirst);
  require_ok(manifest.append_once(5000, kFirst));
  CHECK(text_of(disk) == kFirst);
  put(disk, "{\"file\":\"kept\"}\n");
  for (int i = 0; i < 3; ++i) require_ok(manifest.append_once(5000, kFirst));
  CHECK(text_of(disk) == "{\"file\":\"kept\"}\n" + kFirst);
}

TEST_CASE("manifest file: half a line at the end goes, a line without its end gets one",
          "[stage]") {
  PowerDisk disk;
  ManifestFile manifest(disk, kPath);
  put(disk, kFirst + "{\"file\":\"c");
  CHECK(end_of(manifest) == kFirst.size());
  CHECK(text_of(disk) == kFirst);
  put(disk, kFirst.substr(0, kFirst.size() - 1));
  CHECK(end_of(manifest) == kFirst.size());
  CHECK(text_of(disk) == kFirst);
  put(disk, std::string(10'000, 'x'));
  CHECK(end_of(manifest) == 0);
}
