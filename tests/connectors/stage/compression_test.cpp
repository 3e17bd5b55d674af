// Goal: compressed files are what gzip and zstd read, in pieces of any size and with bounded
// memory. Method: the programs themselves unpack what the sink wrote to a real disk.
#include "connectors/stage/compression.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "lib/base/random.h"
#include "tests/support/allocations.h"
#include "tests/support/changes.h"
#include "tests/support/command.h"
#include "tests/support/stage_disk.h"
#include "tests/support/temp_dir.h"

using namespace slotcast;
using stage::Compression;

namespace {

std::string unpacked_by_program(Compression compression, const std::string& path) {
  const std::string program = compression == Compression::Gzip ? "gzip" : "zstd";
  const auto result = test::run_command({program, "-dc", path});
  REQUIRE(result.exit_code == 0);
  return result.output;
}

void require_ok(const Status& status) {
  if (!status.ok()) FAIL(status.error().what);
}

}  // namespace

TEST_CASE("compression: the programs read pieces of all sizes, one behind the other", "[stage]") {
  const auto compression = GENERATE(Compression::Gzip, Compression::Zstd);
  const test::TempDir directory;
  const auto compressor = stage::make_compressor(compression);
  SeededRandom random(5);
  std::string plain;
  sink::Buffer out;
  for (const std::size_t size : {0u, 1u, 2u, 100u, 65'535u, 131'072u, 1'048'576u}) {
    std::string piece;
    // Half of it cannot be made smaller.
    while (piece.size() < size / 2) piece += static_cast<char>(random.next());
    piece.resize(size, 'x');
    require_ok(compressor->compress(piece, out));
    plain += piece;
  }
  const std::string path = directory.path() + "/file";
  std::ofstream(path, std::ios::binary) << out.text();
  CHECK(unpacked_by_program(compression, path) == plain);
}

TEST_CASE("compression: once warm it asks for no memory", "[stage]") {
  const auto compression = GENERATE(Compression::Gzip, Compression::Zstd);
  const auto compressor = stage::make_compressor(compression);
  const std::string piece(100'000, 'x');
  sink::Buffer out;
  require_ok(compressor->compress(piece, out));
  const std::uint64_t before = test::allocations();
  for (int i = 0; i < 10; ++i) {
    out.clear();
    require_ok(compressor->compress(piece, out));
  }
  CHECK(test::allocations() == before);
}

TEST_CASE("compression: a sink's files read back with the programs, and the manifest fits",
          "[stage]") {
  const auto compression = GENERATE(Compression::None, Compression::Gzip, Compression::Zstd);
  test::StageDisk far;
  test::StageDisk plain_far;
  SystemRandom random;
  stage::Options options;
  options.compress = compression;
  const Relation relation = test::make_relation("s", "t", {{"x"}});
  test::Changes changes;
  for (int i = 0; i < 5000; ++i) {
    changes.add(Operation::Create, relation, {std::to_string(random.next()) + "text"});
  }
  changes.add(Operation::Create, relation, {std::string(3'000'000, 'y')});
  const std::string target;
  std::vector<sink::Row> rows;
  for (const Change& change : changes.all()) rows.push_back({&change, &target});
  const auto deliver = [&](test::StageDisk& to, const stage::Options& how) {
    const auto sink = to.connect("{table}/%U.jsonl", "lake", random, how);
    require_ok(sink->open());
    require_ok(sink->abort());
    require_ok(sink->write(rows).status());
    const auto token = sink->prepare();
    require_ok(token.status());
    require_ok(sink->commit(token.value()).status());
    REQUIRE(to.files().size() == 1);
    CHECK(to.manifest_fits());
    return to.text(to.files()[0]);
  };
  const std::string stored = deliver(far, options);
  const std::string plain = deliver(plain_far, {});
  if (compression == Compression::None) {
    CHECK(stored == plain);
    return;
  }
  CHECK(stored.size() * 2 < plain.size());
  CHECK(far.files()[0].ends_with(compression == Compression::Gzip ? ".jsonl.gz" : ".jsonl.zst"));
  const test::TempDir directory;
  std::ofstream(directory.path() + "/file", std::ios::binary) << stored;
  CHECK(unpacked_by_program(compression, directory.path() + "/file") == plain);
}

TEST_CASE("compression: the suffix is added, unless it is there, and never belies", "[stage]") {
  using stage::with_suffix;
  CHECK(with_suffix("%U.csv", Compression::None).value() == "%U.csv");
  CHECK(with_suffix("%U.csv", Compression::Gzip).value() == "%U.csv.gz");
  CHECK(with_suffix("%U.csv.gz", Compression::Gzip).value() == "%U.csv.gz");
  CHECK(with_suffix("%U", Compression::Zstd).value() == "%U.zst");
  const std::pair<const char*, Compression> refused[] = {
      {"%U.gz", Compression::None},  {"%U.zst", Compression::None}, {"%U.zst", Compression::Gzip},
      {"%U.gz", Compression::Zstd},  {"%U.bz2", Compression::Gzip}, {"%U.xz", Compression::None},
      {"%U.lz4", Compression::Zstd}, {"%U.zip", Compression::None}};
  for (const auto& [pattern, compression] : refused) {
    CAPTURE(pattern);
    const auto found = with_suffix(pattern, compression);
    REQUIRE_FALSE(found.ok());
    CHECK(found.error().kind == ErrorKind::Invalid);
    CHECK(found.error().what.find("compress is") != std::string::npos);
  }
}
