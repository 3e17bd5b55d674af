// Goal:   no damaged byte of a log goes unnoticed: reading it gives the records that were written,
//         or an error that names the place, or ends where the rule of recovery lets it end.
// Method: one small log of several segments; flip one bit of every byte of it, cut every file at
//         every byte; recover and read each.
#include <catch2/catch.hpp>

#include "lib/log/log.h"
#include "tests/support/power_disk.h"
#include "tests/support/script.h"

using namespace slotcast;
using namespace slotcast::test;

namespace {

struct Written {
  Image image;
  std::vector<std::string> records;         // all of them, in order
  std::vector<std::size_t> block_ends;      // records before the end of each block
  std::vector<std::string> segments;        // names, oldest first
  std::vector<std::uint64_t> segment_ends;  // where the last block of each ends
};

log::Options small_segments() {
  log::Options options;
  options.segment_bytes = 4096 + 700;
  return options;
}

std::optional<Error> read_all(log::Log& log, std::vector<std::string>& records) {
  log::Reader reader = log.reader();
  const auto seek = reader.seek({1});
  if (!seek.ok()) return seek.error();
  while (true) {
    const auto block = reader.next(log.tail().written().record);
    if (!block.ok()) return block.error();
    if (!block.value()) return std::nullopt;
    log::RecordCursor cursor = block.value()->records();
    log::Record record;
    while (cursor.next(record)) {
      records.push_back(std::to_string(static_cast<int>(record.type)) +
                        std::string(as_text(record.payload)));
    }
  }
}

// Every block is synced before the next one is written, so each says so of the one before.
Written write_log(bool sync_each) {
  PowerDisk disk;
  SystemClock clock;
  SeededRandom random(5);
  auto log = log::Log::open(disk, small_segments(), clock, random, Lsn{0x1000}).value();
  const Script script = make_script(8, 3, 60, random);
  for (const ScriptTransaction& transaction : script.transactions) {
    for (const Message& message : transaction.messages) {
      const char tag = static_cast<char>(message[0]);
      if (tag == 'B') {
        REQUIRE(log->writer().append_begin(message).ok());
      } else if (tag == 'C') {
        REQUIRE(log->writer().append_commit(message, transaction.end_lsn, {}).ok());
      } else {
        REQUIRE(log->writer().append_message(message).ok());
      }
    }
    REQUIRE(log->writer().flush().ok());
    if (sync_each) REQUIRE(log->sync_now().ok());
  }
  Written written;
  REQUIRE_FALSE(read_all(*log, written.records).has_value());
  log::Reader reader = log->reader();
  REQUIRE(reader.seek({1}).ok());
  while (const auto block = reader.next(log->tail().written().record).value()) {
    written.block_ends.push_back(block->header.next_record().value - 1);
  }
  for (const log::Segment& segment : log->segments().all()) {
    written.segments.push_back(segment.name);
    auto end = log::kFirstBlockOffset;
    while (log::read_block(*segment.file, end, segment.header.epoch).ok()) {
      end +=
          log::read_block(*segment.file, end, segment.header.epoch).value()->header.size_on_disk();
    }
    written.segment_ends.push_back(end);
  }
  written.image = disk.now();
  return written;
}

struct Reading {
  std::optional<Error> error;
  std::vector<std::string> records;
};

Reading recover_and_read(const Image& image) {
  PowerDisk disk(image);
  SystemClock clock;
  SeededRandom random(6);
  Reading reading;
  auto log = log::Log::open(disk, small_segments(), clock, random, std::nullopt);
  if (!log.ok()) {
    reading.error = log.error();
    return reading;
  }
  reading.error = read_all(*log.value(), reading.records);
  return reading;
}

// What was read must be what was written, as far as it goes.
void check_prefix(const Reading& reading, const Written& written) {
  const std::size_t common = std::min(reading.records.size(), written.records.size());
  CHECK(std::equal(reading.records.begin(),
                   reading.records.begin() + static_cast<std::ptrdiff_t>(common),
                   written.records.begin()));
}

bool is_meaningful(std::uint64_t offset) {
  return offset < log::kSegmentHeaderBytes || offset >= log::kFirstBlockOffset;
}

}  // namespace

TEST_CASE("log: an undamaged one reads back as it was written", "[log]") {
  const Written written = write_log(true);
  REQUIRE(written.segments.size() >= 3);
  const Reading reading = recover_and_read(written.image);
  REQUIRE_FALSE(reading.error.has_value());
  REQUIRE(reading.records.size() >= written.records.size());
  check_prefix(reading, written);
}

TEST_CASE("log: a flipped bit in any byte is found, or cut off with the last block", "[log]") {
  const Written written = write_log(true);
  const std::size_t without_last = written.block_ends[written.block_ends.size() - 2];
  std::size_t flips = 0, found = 0;
  for (std::size_t i = 0; i < written.segments.size(); ++i) {
    for (std::uint64_t offset = 0; offset < written.segment_ends[i]; ++offset) {
      if (!is_meaningful(offset)) continue;
      Image damaged = written.image;
      damaged.flip(written.segments[i], offset, static_cast<int>(offset % 8));
      const Reading reading = recover_and_read(damaged);
      INFO(written.segments[i] << " byte " << offset);
      ++flips;
      check_prefix(reading, written);
      if (reading.error) {
        ++found;
        CHECK(reading.error->kind == ErrorKind::Corrupt);
        CHECK(reading.error->what.find(written.segments[i].substr(0, 16)) != std::string::npos);
      } else if (reading.records.size() < written.records.size()) {
        CHECK(reading.records.size() >= without_last);
      } else {
        // Only the padding behind a block may change without a trace.
        CHECK(offset >= log::kFirstBlockOffset);
      }
    }
  }
  INFO(found << " of " << flips << " flips reported");
  CHECK(found * 10 > flips * 6);
}

TEST_CASE("log: what was not synced is cut, never misread", "[log]") {
  const Written written = write_log(false);
  for (std::size_t i = 0; i < written.segments.size(); ++i) {
    for (std::uint64_t offset = log::kFirstBlockOffset; offset < written.segment_ends[i];
         offset += 7) {
      Image damaged = written.image;
      damaged.flip(written.segments[i], offset, 3);
      const Reading reading = recover_and_read(damaged);
      INFO(written.segments[i] << " byte " << offset);
      CHECK_FALSE(reading.error.has_value());
      check_prefix(reading, written);
    }
  }
}

TEST_CASE("log: a file cut at any byte is found, or is a torn end", "[log]") {
  const Written written = write_log(true);
  for (std::size_t i = 0; i < written.segments.size(); ++i) {
    const bool is_newest = i + 1 == written.segments.size();
    for (std::uint64_t size = 0; size < written.segment_ends[i]; ++size) {
      if (!is_meaningful(size) && size % 512 != 0) continue;
      Image damaged = written.image;
      damaged.truncate(written.segments[i], size);
      const Reading reading = recover_and_read(damaged);
      INFO(written.segments[i] << " cut at " << size);
      check_prefix(reading, written);
      // A cut within the padding behind a block takes nothing away.
      if (!is_newest && reading.records.size() < written.records.size()) {
        REQUIRE(reading.error.has_value());
        CHECK(reading.error->kind == ErrorKind::Corrupt);
      }
    }
  }
}

TEST_CASE("log: a missing segment in the middle is found", "[log]") {
  const Written written = write_log(true);
  Image damaged = written.image;
  damaged.files.erase(written.segments[1]);
  const Reading reading = recover_and_read(damaged);
  REQUIRE(reading.error.has_value());
  CHECK(reading.error->kind == ErrorKind::Corrupt);
  CHECK(reading.error->what.find("a segment is missing between") != std::string::npos);
}

TEST_CASE("log: an empty directory is not taken for a log that had begun", "[log]") {
  const Reading reading = recover_and_read(Image());
  REQUIRE(reading.error.has_value());
  CHECK(reading.error->kind == ErrorKind::Corrupt);
}

TEST_CASE("log: a failed sync is final", "[log]") {
  PowerDisk disk;
  SystemClock clock;
  SeededRandom random(1);
  auto log = log::Log::open(disk, small_segments(), clock, random, Lsn{0x1000}).value();
  const auto before = log->tail().durable();
  REQUIRE(log->writer().append_position({0x2000}).ok());
  REQUIRE(log->writer().flush().ok());
  disk.fail_next_sync();
  CHECK_FALSE(log->sync_now().ok());
  CHECK(log->tail().durable().record == before.record);
  REQUIRE(log->writer().append_position({0x3000}).ok());
  CHECK_FALSE(log->writer().flush().ok());
}

TEST_CASE("log: on a full disk the same call is made again later, and nothing is lost", "[log]") {
  for (std::uint64_t room = 0; room < 40'000; room += 1'111) {
    PowerDisk disk;
    SystemClock clock;
    SeededRandom random(2);
    auto log = log::Log::open(disk, small_segments(), clock, random, Lsn{0x1000}).value();
    disk.inject_no_space(room);
    std::size_t paused = 0;
    const auto until_it_fits = [&](const auto& step) {
      for (Status done = step(); !done.ok(); done = step()) {
        REQUIRE(done.error().kind == ErrorKind::Transient);
        if (++paused % 3 == 0) disk.give_space();
      }
    };
    const Script script = make_script(20, 4, 300, random);
    for (const ScriptTransaction& transaction : script.transactions) {
      const auto& messages = transaction.messages;
      until_it_fits([&] { return log->writer().append_begin(messages.front()); });
      for (std::size_t i = 1; i + 1 < messages.size(); ++i) {
        until_it_fits([&] { return log->writer().append_message(messages[i]); });
      }
      until_it_fits(
          [&] { return log->writer().append_commit(messages.back(), transaction.end_lsn, {}); });
      until_it_fits([&] { return log->writer().flush(); });
    }
    REQUIRE(log->sync_now().ok());
    std::vector<std::string> records;
    REQUIRE_FALSE(read_all(*log, records).has_value());
    std::size_t expected = 0;
    for (const auto& transaction : script.transactions) expected += transaction.messages.size();
    CHECK(records.size() == expected);
  }
}
