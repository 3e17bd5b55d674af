// Goal:   a side segment holds each row once, readable from any block on, or is not there at all.
// Method: write one of random rows, read it with the log's reader and decoder; cut the power after
//         each call; damage each byte.
#include "lib/log/side_writer.h"

#include <catch2/catch.hpp>

#include "lib/log/reader.h"
#include "lib/pgoutput/decoder.h"
#include "tests/support/messages.h"
#include "tests/support/power_disk.h"
#include "tests/support/script.h"

using namespace slotcast;
using namespace slotcast::test;

namespace {

constexpr std::uint32_t kTable = 16384;
constexpr Sequence kFirst{30'000'001};
const Lsn kLsn{0x1540950};
const Message kBegin = begin_message(kLsn, 0);
const Message kCommit = commit_message(kLsn, kLsn);

log::SideWriter::Range range(std::uint64_t records_max = 10'000'000) {
  return {kFirst, records_max, kLsn, kBegin, kCommit};
}

std::string text_of(std::size_t row, std::size_t size) {
  return std::to_string(row) + std::string(size, static_cast<char>('a' + row % 26));
}

Result<log::Segment> write_rows(io::Directory& disk, std::size_t rows, std::size_t size) {
  SeededRandom random(7);
  TRY_ASSIGN(log::SideWriter writer, log::SideWriter::create(disk, range(), random));
  writer.add_schema(log::RecordType::Relation, kTable, relation_message(kTable, "t"));
  for (std::size_t row = 0; row < rows; ++row) {
    TRY(writer.append_row(insert_message(kTable, row, text_of(row, size))));
  }
  return writer.finish();
}

// What a branch would see of it from `from` on; the numbers of the rows.
std::vector<std::size_t> read_rows(const log::Segment& segment, Sequence from, std::size_t size) {
  std::vector<std::size_t> found;
  pgoutput::DecoderState state;
  std::uint64_t offset = log::kFirstBlockOffset;
  while (offset < segment.end_bytes) {
    const auto raw = log::read_block(*segment.file, offset, segment.header.epoch);
    REQUIRE(raw.ok());
    const auto block = pgoutput::decode(raw.value(), state, from);
    REQUIRE(block.ok());
    state = block.value()->after;
    CHECK_FALSE(state.in_transaction);
    for (const Change& change : block.value()->changes) {
      CHECK(change.operation == Operation::Read);
      CHECK(change.id.commit_lsn == kLsn);
      CHECK(change.id.ordinal >= from.value);
      CHECK(change.id.ordinal < segment.next_record.value);
      const std::size_t row = std::stoul(std::string(change.row[0].text()));
      CHECK(change.row[1].text() == text_of(row, size));
      found.push_back(row);
    }
    for (const auto& part : block.value()->parts) {
      CHECK(part.end == pgoutput::TransactionPart::End::Commit);
      CHECK(part.end_lsn == kLsn);
    }
    offset += raw.value()->header.size_on_disk();
  }
  return found;
}

std::vector<std::size_t> numbers(std::size_t from, std::size_t to) {
  std::vector<std::size_t> all;
  for (; from < to; ++from) all.push_back(from);
  return all;
}

}  // namespace

TEST_CASE("side segment: holds its rows in order, also when opened again", "[log]") {
  PowerDisk disk;
  const std::size_t rows = GENERATE(0u, 1u, 1000u);
  const std::size_t size = GENERATE(1u, 300u, 70'000u);
  const auto written = write_rows(disk, rows, size);
  REQUIRE(written.ok());
  CHECK(read_rows(written.value(), kFirst, size) == numbers(0, rows));
  const auto opened = log::open_side_segment(disk, "0000000001c9c381.seg");
  REQUIRE(opened.ok());
  CHECK(opened.value().next_record == written.value().next_record);
  CHECK(opened.value().end_bytes == written.value().end_bytes);
  CHECK(read_rows(opened.value(), kFirst, size) == numbers(0, rows));
}

TEST_CASE("side segment: a branch goes on behind any block", "[log]") {
  PowerDisk disk;
  const auto segment = write_rows(disk, 2000, 300);
  REQUIRE(segment.ok());
  std::uint64_t offset = log::kFirstBlockOffset;
  std::size_t blocks = 0;
  while (offset < segment.value().end_bytes) {
    const auto header =
        log::read_block_header(*segment.value().file, offset, segment.value().header.epoch);
    REQUIRE(header.ok());
    const auto rest = read_rows(segment.value(), header.value().next_record(), 300);
    CHECK(rest == numbers(2000 - rest.size(), 2000));
    offset += header.value().size_on_disk();
    ++blocks;
  }
  CHECK(blocks > 5);
}

TEST_CASE("side segment: a power cut leaves all of it or nothing of that name", "[log][power]") {
  PowerDisk disk;
  REQUIRE(write_rows(disk, 500, 300).ok());
  SeededRandom random(11);
  std::size_t whole = 0;
  for (std::size_t calls = 0; calls <= disk.calls(); ++calls) {
    for (int image = 0; image < 20; ++image) {
      PowerDisk after(disk.cut(calls, random));
      const bool there = after.exists("0000000001c9c381.seg").value();
      if (!there) continue;
      const auto opened = log::open_side_segment(after, "0000000001c9c381.seg");
      REQUIRE(opened.ok());
      CHECK(read_rows(opened.value(), kFirst, 300) == numbers(0, 500));
      ++whole;
    }
  }
  CHECK(whole >= 20);
}

TEST_CASE("side segment: no damaged byte goes unnoticed", "[log]") {
  PowerDisk disk;
  const auto segment = write_rows(disk, 20, 10);
  REQUIRE(segment.ok());
  const std::size_t size = disk.bytes(segment.value().name).size();
  for (std::size_t at = 0; at < size; ++at) {
    if (at == log::kSegmentHeaderBytes) at = log::kFirstBlockOffset;
    disk.flip(segment.value().name, at, static_cast<int>(at % 8));
    const auto opened = log::open_side_segment(disk, segment.value().name);
    const bool in_padding = opened.ok();
    if (in_padding) CHECK(read_rows(opened.value(), kFirst, 10) == numbers(0, 20));
    if (!opened.ok()) CHECK(opened.error().kind == ErrorKind::Corrupt);
    disk.flip(segment.value().name, at, static_cast<int>(at % 8));
  }
}

TEST_CASE("side segment: what is not finished is not there, and can be made again", "[log]") {
  PowerDisk disk;
  SeededRandom random(7);
  {
    auto writer = log::SideWriter::create(disk, range(), random).value();
    writer.add_schema(log::RecordType::Relation, kTable, relation_message(kTable, "t"));
    REQUIRE(writer.append_row(insert_message(kTable, 1, "lost")).ok());
  }
  CHECK(write_rows(disk, 3, 10).ok());
  auto abandoned = log::SideWriter::create(disk, range(), random).value();
  CHECK(abandoned.abandon().ok());
  CHECK(disk.files() == std::vector<std::string>{"0000000001c9c381.seg"});
}

TEST_CASE("side segment: one that no room was left to begin leaves nothing", "[log]") {
  PowerDisk disk;
  SeededRandom random(7);
  disk.inject_no_space(100);
  const auto writer = log::SideWriter::create(disk, range(), random);
  REQUIRE_FALSE(writer.ok());
  CHECK(writer.status().error().kind == ErrorKind::Transient);
  CHECK(disk.files().empty());
}

TEST_CASE("side segment: more rows than there are numbers for is an error", "[log]") {
  PowerDisk disk;
  SeededRandom random(7);
  auto writer = log::SideWriter::create(disk, range(100), random).value();
  Status status;
  for (int row = 0; row < 200 && status.ok(); ++row) {
    status = writer.append_row(insert_message(kTable, 1, "x"));
  }
  if (status.ok()) status = writer.finish().status();
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().kind == ErrorKind::Invalid);
}
