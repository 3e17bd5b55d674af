// Goal:   a stage that is not what its manifest says is never passed over, in whatever way it was
//         damaged: the error names manifest, line, file and row, and no row of a damaged file came.
// Method: a stage written by hand, with one thing wrong in it after the other; files compressed by
//         the gzip and zstd programs.
#include <catch2/catch.hpp>
#include <filesystem>

#include "lib/replay/file_feed.h"
#include "tests/support/changes.h"
#include "tests/support/command.h"
#include "tests/support/recording_sink.h"
#include "tests/support/written_stage.h"

using namespace slotcast;
using namespace slotcast::test;
using replay::FileFeed;

namespace fs = std::filesystem;

namespace {

const Relation kOrders =
    make_relation("public", "orders", {{"id", TypeClass::Integer, true}, {"note"}});
constexpr const char* kFile = "public.orders/20261122.jsonl";

struct Outcome {
  std::size_t rows = 0;
  std::optional<Error> error;
  bool says(ErrorKind kind, const std::vector<std::string>& parts) const {
    bool all = error && error->kind == kind;
    for (const std::string& part : parts) all = all && error->what.find(part) != std::string::npos;
    const std::string said = error ? error->what : "no error";
    if (!all) UNSCOPED_INFO(said);
    return all;
  }
};

Outcome read(WrittenStage& stage) {
  FileFeed feed(stage.files(), WrittenStage::kManifest);
  Outcome outcome;
  const Status started = feed.start({{1}, {}, {}});
  if (!started.ok()) return {0, started.error()};
  while (true) {
    const auto slice = feed.next(stage.rows());
    if (!slice.ok()) outcome.error = slice.error();
    if (!slice.ok() || !slice.value()) return outcome;
    outcome.rows += slice.value()->changes.size();
  }
}

std::string row(int number) {
  return row_text("\"id\":" + std::to_string(number) + ",\"note\":\"" + std::string(20, 'n') + "\"",
                  'c', "0/10 " + std::to_string(number));
}

// A good file with three rows, and a bad one with two.
WrittenStage& filled(WrittenStage& stage) {
  stage.add("good.jsonl", kOrders, {row(1), row(2), row(3)}, "0/10 1", "0/10 3");
  stage.end_batch();
  stage.add(kFile, kOrders, {row(4), row(5)}, "0/10 4", "0/10 5");
  stage.end_batch();
  return stage;
}

const std::string kNamed = "manifest _manifest/shop-lake.jsonl line 2: file " + std::string(kFile);

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.rfind(from);
  REQUIRE(at != text.npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("bad stage: any byte that was flipped is found before a row of the file is used",
          "[replay]") {
  WrittenStage stage;
  filled(stage);
  const std::string bytes = stage.get(kFile);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << at % 8));
    stage.put(kFile, flipped);
    const Outcome outcome = read(stage);
    CHECK(outcome.rows == 3);
    REQUIRE(outcome.says(ErrorKind::Corrupt, {kNamed, "not those that were written"}));
  }
  for (std::size_t size = 0; size < bytes.size(); size += 7) {
    stage.put(kFile, bytes.substr(0, size));
    REQUIRE(read(stage).says(ErrorKind::Corrupt, {kNamed, "had " + std::to_string(bytes.size())}));
  }
  stage.put(kFile, bytes + row(6));
  CHECK(read(stage).says(ErrorKind::Corrupt, {kNamed, "bytes"}));
  stage.put(kFile, bytes);
  CHECK(!read(stage).error);
}

TEST_CASE("bad stage: a file that is gone, or is none, is an error", "[replay]") {
  WrittenStage stage;
  filled(stage);
  fs::rename(stage.path(kFile), stage.path("moved"));
  Outcome outcome = read(stage);
  CHECK(outcome.rows == 3);
  CHECK(outcome.says(ErrorKind::Invalid, {kNamed, "No such file", "put it back"}));
  // Whoever may write into the stage must not make us read what is beside it.
  fs::create_symlink(stage.path("moved"), stage.path(kFile));
  CHECK(read(stage).says(ErrorKind::Invalid, {kNamed}));
  fs::remove(stage.path(kFile));
  fs::create_directory(stage.path(kFile));
  CHECK(read(stage).says(ErrorKind::Invalid, {kNamed}));
  stage.put(stage.manifest(), replaced(stage.get(stage.manifest()), kFile, "../moved"));
  CHECK(read(stage).says(ErrorKind::Invalid, {"line 2", "../moved"}));
}

TEST_CASE("bad stage: rows that are not those of the manifest are errors, by file and row",
          "[replay]") {
  const std::vector<std::tuple<std::vector<std::string>, std::size_t, ErrorKind, std::string>>
      cases = {
          {{row(4), "{\"id\":4\n"}, 2, ErrorKind::Corrupt, " row 2: not a row of JSON"},
          {{row(4), row(5)}, 3, ErrorKind::Corrupt, " row 3: the file ends there"},
          {{row(4), row(5)}, 1, ErrorKind::Corrupt, " row 2: the file has more rows"},
          {{row(4), row(5).substr(0, row(5).size() - 1)},
           2,
           ErrorKind::Corrupt,
           " row 2: the file ends there"},
          {{"{\"id\":4,\"_op\":\"c\"}\n"}, 1, ErrorKind::Invalid, " row 1: no \"_lsn\""},
          {{row_text("\"id\":4,\"more\":1", 'c', "0/10 4")},
           1,
           ErrorKind::Corrupt,
           " row 1: a value of \"more\""},
      };
  for (const auto& [rows, count, kind, what] : cases) {
    WrittenStage stage;
    stage.add("good.jsonl", kOrders, {row(1), row(2), row(3)}, "0/10 1", "0/10 3");
    stage.end_batch();
    std::string bytes;
    for (const std::string& each : rows) bytes += each;
    stage.add_bytes(kFile, kOrders, bytes, count, "none", "0/10 4", "0/10 5");
    stage.end_batch();
    CHECK(read(stage).says(kind, {kNamed + what}));
  }
}

TEST_CASE("bad stage: a manifest that is damaged, or of another format, is refused by its line",
          "[replay]") {
  WrittenStage stage;
  filled(stage);
  const std::string text = stage.get(stage.manifest());
  const auto with = [&](const std::string& from, const std::string& to) {
    stage.put(stage.manifest(), replaced(text, from, to));
    return read(stage);
  };
  CHECK(with("\"jsonl\"", "\"csv\"").says(ErrorKind::Invalid, {"line 2: its format is csv"}));
  CHECK(with("\"none\"", "\"lz4\"").says(ErrorKind::Invalid, {"line 2", "compressed"}));
  CHECK(with("\"rows\":2", "\"rows\":0").says(ErrorKind::Corrupt, {"line 2"}));
  CHECK(with("\"rows\":2", "\"rows\":\"2\"").says(ErrorKind::Corrupt, {"line 2: \"rows\""}));
  CHECK(with("\"crc32c\":\"", "\"crc32c\":\"x").says(ErrorKind::Corrupt, {"line 2: \"crc32c\""}));
  CHECK(with("\"lsn\":\"0/10\"", "\"lsn\":\"010\"").says(ErrorKind::Corrupt, {"\"lsn\""}));

  CHECK(with("{\"file\"", "{\"fire\"").says(ErrorKind::Corrupt, {"line 2: \"file\""}));
  CHECK(with("{\"file\"", "[\"file\"").says(ErrorKind::Corrupt, {"line 2: not JSON"}));
  CHECK(with("\"schema_version\":\"", "\"schema_version\":\"../")
            .says(ErrorKind::Corrupt, {"line 2: \"schema_version\""}));
}

TEST_CASE("bad stage: columns that are gone or changed are an error", "[replay]") {
  WrittenStage stage;
  filled(stage);
  const auto entry = *fs::directory_iterator(stage.path("_manifest/schemas"));
  const std::string name = "_manifest/schemas/" + entry.path().filename().string();
  const std::string text = stage.get(name);
  stage.put(name, replaced(text, "\"integer\"", "\"text\""));
  CHECK(read(stage).says(ErrorKind::Corrupt, {"line 1: columns in " + name, "damaged"}));
  fs::remove(stage.path(name));
  CHECK(read(stage).says(ErrorKind::Invalid, {"line 1: columns in " + name}));
}

TEST_CASE("stage: which manifest is read is said where there are several", "[replay]") {
  WrittenStage stage;
  const auto chosen = [&](const std::string& wanted) {
    const auto name = replay::choose_manifest(stage.files(), wanted);
    return name.ok() ? name.value() : name.error().what;
  };
  CHECK(chosen("").find("has no manifest") != std::string::npos);
  filled(stage);
  CHECK(chosen("") == "shop-lake.jsonl");
  stage.put("_manifest/shop-other.jsonl", "");
  CHECK(chosen("").find("shop-lake.jsonl, shop-other.jsonl") != std::string::npos);
  CHECK(chosen("").find("--manifest") != std::string::npos);
  CHECK(chosen("shop-other") == "shop-other.jsonl");
  CHECK(chosen("shop-other.jsonl") == "shop-other.jsonl");
  CHECK(chosen("../x").find("no manifest ../x.jsonl; there are: shop-lake.jsonl") !=
        std::string::npos);
}

TEST_CASE("stage: what gzip and zstd made is read, in members and frames, and rows of any size",
          "[replay]") {
  for (const std::string program : {"gzip", "zstd"}) {
    WrittenStage stage;
    std::string packed;
    int number = 0;
    // Small ones, one of several MiB that hardly grows smaller, one that is almost nothing.
    for (const std::size_t size : {10U, 100'000U, 3'000'000U, 0U}) {
      std::string text;
      for (int i = 0; i < 5; ++i) {
        ++number;
        std::string note(size, 'x');
        std::uint32_t dice = 1;
        for (char& c : note)
          c = static_cast<char>('a' + ((dice = dice * 1664525 + 1013904223) >> 28));
        if (size == 0) note = std::string(9'000'000, 'z');
        text += row_text("\"id\":" + std::to_string(number) + ",\"note\":\"" + note + "\"", 'c',
                         "0/10 " + std::to_string(number));
      }
      stage.put("plain", text);
      const auto run = run_command({program, "-q", "-k", "-f", stage.path("plain")});
      REQUIRE(run.exit_code == 0);
      packed += stage.get(program == "gzip" ? "plain.gz" : "plain.zst");
    }
    stage.add_bytes(kFile, kOrders, packed, 20, program, "0/10 1", "0/10 20");
    stage.end_batch();
    const Outcome outcome = read(stage);
    CHECK(!outcome.error);
    CHECK(outcome.rows == 20);
    WrittenStage cut;
    cut.add_bytes(kFile, kOrders, packed.substr(0, packed.size() - 3), 20, program, "0/10 1",
                  "0/10 20");
    cut.end_batch();
    CHECK(read(cut).error.has_value());
    WrittenStage damaged;
    packed[packed.size() / 2] = static_cast<char>(packed[packed.size() / 2] ^ 0x10);
    damaged.add_bytes(kFile, kOrders, packed, 20, program, "0/10 1", "0/10 20");
    damaged.end_batch();
    CHECK(read(damaged).says(ErrorKind::Corrupt, {kFile, program}));
  }
}
