// Goal:   the worked example of FORMAT.md is what the writer writes, byte for byte.
// Method: write it, print it as the document does, and look it up there. That the bytes mean what
//         the document says is shown by tests/system/log_bytes.py, which reads them without us.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "lib/log/log.h"
#include "lib/pgoutput/catalog.h"
#include "tests/support/messages.h"
#include "tests/support/power_disk.h"

using namespace slotcast;
using namespace slotcast::test;

namespace {

constexpr std::uint32_t kTable = 16384;

std::vector<std::byte> write_example() {
  PowerDisk disk;
  SystemClock clock;
  SeededRandom random(1);
  log::Options options;
  options.segment_bytes = 64 * 1024;
  auto log = log::Log::open(disk, options, clock, random, Lsn{0x1540800}).value();
  Catalog catalog;
  catalog.columns = {{"integer", 'b', 23, 0, {}},
                     {"text", 'b', 25, 0, {}, 'b', -1, Collation::Equality}};
  catalog.primary_key = {"id"};
  log::Writer& writer = log->writer();
  REQUIRE(append_to(writer, begin_message({0x1540920}, 726)).ok());
  REQUIRE(writer.append_schema(log::RecordType::Catalog, kTable, pgoutput::encode(catalog)).ok());
  REQUIRE(append_to(writer, relation_message(kTable, "t")).ok());
  REQUIRE(append_to(writer, insert_message(kTable, 1, "one")).ok());
  REQUIRE(append_to(writer, commit_message({0x1540920}, {0x1540950})).ok());
  REQUIRE(writer.flush().ok());
  return disk.bytes("0000000000000001.seg");
}

// Lines of sixteen bytes that are not all zero, with what of them is text.
std::string dump(const std::vector<std::byte>& bytes) {
  std::ostringstream out;
  for (std::size_t at = 0; at < bytes.size(); at += 16) {
    const Bytes line = Bytes(bytes).subspan(at, std::min<std::size_t>(16, bytes.size() - at));
    if (std::all_of(line.begin(), line.end(), [](std::byte one) { return one == std::byte{0}; })) {
      continue;
    }
    char address[32];
    std::snprintf(address, sizeof address, "    %08zx ", at);
    out << address;
    std::string letters;
    for (const std::byte one : line) {
      char digits[4];
      std::snprintf(digits, sizeof digits, " %02x", static_cast<unsigned>(one));
      out << digits;
      const char letter = static_cast<char>(one);
      letters += letter >= ' ' && letter <= '~' ? letter : '.';
    }
    out << "  " << letters << "\n";
  }
  return out.str();
}

}  // namespace

TEST_CASE("log format: the worked example is what the writer writes", "[log]") {
  std::ifstream file(SLOTCAST_SOURCE_DIR "/lib/log/FORMAT.md");
  const std::string document{std::istreambuf_iterator<char>(file), {}};
  const std::string example = dump(write_example());
  INFO(example);
  CHECK(document.find("\n\n" + example + "\n") != std::string::npos);
}
