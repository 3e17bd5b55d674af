// Goal:   a letter is kept until it is delivered, and never both, whatever crash comes between; and
//         the file never grows without bound.
// Method: a branch's protocol over a real journal on a disk that records its calls, the power cut
//         after each of them; each second life goes on with another configuration.
#include "lib/branch/dead_letters.h"

#include <catch2/catch.hpp>

#include "lib/journal/journal.h"
#include "tests/support/letter_life.h"
#include "tests/support/power_disk.h"

using namespace slotcast;
using namespace slotcast::test;
using branch::DeadLetters;

namespace {

using Rows = std::vector<std::uint64_t>;

constexpr const char* kPath = "dead_letters/lake.jsonl";

std::unique_ptr<DeadLetters> opened(io::Directory& disk, std::uint64_t batches) {
  auto letters = DeadLetters::open(disk, "lake").value();
  REQUIRE(letters->settle(batches).ok());
  return letters;
}

std::string file_of(const PowerDisk& disk, const std::string& path) {
  const auto bytes = disk.bytes(path);
  return std::string(as_text(bytes));
}

// As an editor does: another file takes its place.
void rewrite(PowerDisk& disk, const std::string& path, const std::string& text) {
  const auto file = disk.open(path, io::OpenMode::ReadWrite).value();
  REQUIRE(file->truncate(0).ok());
  REQUIRE(file->write_at(0, as_bytes(text)).ok());
  REQUIRE(file->sync().ok());
}

// The rows of the letters that are kept.
std::vector<std::uint64_t> rows_of(const PowerDisk& disk) {
  const std::string text = file_of(disk, kPath);
  REQUIRE((text.empty() || text.back() == '\n'));
  branch::LetterReader reader;
  std::vector<std::uint64_t> rows;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    const auto letter = reader.read(text.substr(at, text.find('\n', at) - at));
    if (!letter.ok()) FAIL(letter.error().what);
    rows.push_back(letter.value().change->id.ordinal);
  }
  return rows;
}

struct Outcome {
  std::size_t images = 0;
  std::size_t violations = 0;
  std::string first;

  void note(const std::optional<std::string>& violation, const std::string& where) {
    ++images;
    if (!violation) return;
    if (violations++ == 0) first = where + ": " + *violation;
  }
};

// What is left of a life is looked at, then lived on with.
void cut_after(const PowerDisk& disk, const LetterLife& life, std::size_t calls, std::uint64_t seed,
               bool ignore_syncs, Outcome& outcome) {
  SeededRandom random(seed);
  PowerDisk after(disk.cut(calls, random));
  if (ignore_syncs) after.ignore_syncs(true);
  LetterLife next(after, seed + 1, life.far_side_after(calls, random));
  const std::string where = "seed " + std::to_string(seed) + ", cut before " +
                            (calls < disk.calls() ? disk.describe(calls) : "the end");
  auto violation = next.recover();
  if (!violation) violation = next.run(5);
  if (!violation) violation = next.send_all_again();
  outcome.note(violation, where);
}

Outcome run_campaign(std::uint64_t lives, std::size_t per_call, bool ignore_syncs) {
  Outcome outcome;
  for (std::uint64_t seed = 1; seed <= lives; ++seed) {
    PowerDisk disk;
    if (ignore_syncs) disk.ignore_syncs(true);
    LetterLife life(disk, seed, {});
    auto violation = life.recover();
    if (!violation) violation = life.run(25);
    INFO("life " << seed << ": " << violation.value_or("fine"));
    REQUIRE_FALSE(violation.has_value());
    for (std::size_t calls = 0; calls <= disk.calls(); ++calls) {
      for (std::size_t i = 0; i < per_call; ++i) {
        cut_after(disk, life, calls, seed * 1'000'000 + calls * 10 + i, ignore_syncs, outcome);
      }
    }
  }
  return outcome;
}

}  // namespace

TEST_CASE("dead letters: after any cut each row is delivered or kept, and once", "[power]") {
  const Outcome outcome = run_campaign(12, 2, false);
  INFO(outcome.violations << " of " << outcome.images << " images; first: " << outcome.first);
  CHECK(outcome.violations == 0);
  CHECK(outcome.images >= 2'000);
}

TEST_CASE("dead letters: on a disk that ignores syncs the same check fails", "[control]") {
  const Outcome outcome = run_campaign(1, 2, true);
  INFO(outcome.violations << " of " << outcome.images << " images; first: " << outcome.first);
  CHECK(outcome.violations > 0);
}

TEST_CASE("dead letters: what was added is found again, and once", "[letters]") {
  PowerDisk disk;
  TestLetters rows;
  {
    const auto letters = opened(disk, 0);
    CHECK(disk.files().empty());
    for (const int row : {1, 2, 3, 2, 1}) REQUIRE(letters->add(rows.letter(1, row)).ok());
    CHECK(letters->count() == 3);
    REQUIRE(letters->sync().ok());
    CHECK(letters->bytes() == disk.bytes("dead_letters/lake.jsonl").size());
    CHECK(disk.files() == std::vector<std::string>{"dead_letters/lake.jsonl"});
  }
  const auto letters = opened(disk, 1);
  CHECK(letters->count() == 3);
  REQUIRE(letters->add(rows.letter(2, 3)).ok());
  CHECK(letters->count() == 3);
  REQUIRE(letters->add(rows.letter(2, 4)).ok());
  CHECK(letters->count() == 4);
}

// Of a stage that is read again: the writer's routes may have sent a row to two targets.
TEST_CASE("dead letters: two tables may have the same position", "[letters]") {
  PowerDisk disk;
  TestLetters rows;
  branch::Letter other = rows.letter(1, 1);
  Relation relation = *other.change->relation;
  relation.table += "_too";
  Change change = *other.change;
  change.relation = &relation;
  other.change = &change;
  {
    const auto letters = opened(disk, 0);
    REQUIRE(letters->add(rows.letter(1, 1)).ok());
    for (int times = 0; times < 2; ++times) REQUIRE(letters->add(other).ok());
    CHECK(letters->count() == 2);
    REQUIRE(letters->sync().ok());
  }
  const auto letters = opened(disk, 1);
  CHECK(letters->count() == 2);
  REQUIRE(letters->add(other).ok());
  CHECK(letters->count() == 2);
}

TEST_CASE("dead letters: those of a batch that is not committed go", "[letters]") {
  PowerDisk disk;
  TestLetters rows;
  const auto letters = opened(disk, 0);
  REQUIRE(letters->add(rows.letter(1, 1)).ok());
  REQUIRE(letters->sync().ok());
  REQUIRE(letters->add(rows.letter(2, 2)).ok());
  REQUIRE(letters->sync().ok());
  REQUIRE(letters->add(rows.letter(2, 3)).ok());
  REQUIRE(letters->settle(1).ok());
  CHECK(letters->count() == 1);
  CHECK(letters->bytes() == disk.bytes("dead_letters/lake.jsonl").size());
  REQUIRE(letters->add(rows.letter(2, 3)).ok());
  REQUIRE(letters->settle(2).ok());
  CHECK(letters->count() == 2);
}

TEST_CASE("dead letters: a redrive reads them in order; what fails again stays", "[letters]") {
  PowerDisk disk;
  TestLetters rows;
  const auto letters = opened(disk, 0);
  CHECK_FALSE(letters->begin_redrive(1).value());
  for (int row = 1; row <= 2'000; ++row) REQUIRE(letters->add(rows.letter(1, row)).ok());
  REQUIRE(letters->sync().ok());
  REQUIRE(letters->begin_redrive(2).value());
  CHECK(letters->count() == 2'000);
  for (int row = 1; row <= 2'000; ++row) {
    const auto letter = letters->next().value();
    REQUIRE(letter.has_value());
    REQUIRE(letter->change->id == rows.letter(1, row).change->id);
    if (row % 500 == 0) REQUIRE(letters->add(rows.letter(2, row)).ok());
  }
  CHECK_FALSE(letters->next().value().has_value());
  REQUIRE(letters->sync().ok());
  CHECK(disk.files().size() == 2);
  REQUIRE(letters->end_redrive().ok());
  CHECK(letters->count() == 4);
  CHECK(disk.files() == std::vector<std::string>{"dead_letters/lake.jsonl"});
  // One that was not committed: all are back, and those it had added are not.
  REQUIRE(letters->begin_redrive(3).value());
  REQUIRE(letters->next().value().has_value());
  REQUIRE(letters->add(rows.letter(3, 500)).ok());
  REQUIRE(letters->settle(2).ok());
  CHECK(letters->count() == 4);
  CHECK(disk.files() == std::vector<std::string>{"dead_letters/lake.jsonl"});
}

TEST_CASE("dead letters: the file has a bound, which says what to do", "[letters]") {
  PowerDisk disk;
  TestLetters rows;
  const auto letters = DeadLetters::open(disk, "lake", 4'000).value();
  REQUIRE(letters->settle(0).ok());
  Status added;
  int row = 0;
  while (added.ok()) added = letters->add(rows.letter(1, ++row));
  CHECK(row > 3);
  CHECK(added.error().kind == ErrorKind::Rejected);
  CHECK(added.error().what.find("dead_letters/lake.jsonl") != std::string::npos);
  CHECK(added.error().what.find("slotcast sink redrive lake") != std::string::npos);
  CHECK(letters->bytes() <= 4'000);
  CHECK(letters->count() == static_cast<std::uint64_t>(row - 1));
}

TEST_CASE("dead letters: damage that no crash makes is never cut off", "[letters]") {
  PowerDisk disk;
  TestLetters rows;
  {
    const auto letters = opened(disk, 0);
    for (int row = 1; row <= 9; ++row) {
      REQUIRE(letters->add(rows.letter(static_cast<std::uint64_t>(row), row)).ok());
    }
    REQUIRE(letters->sync().ok());
  }
  const std::string whole = file_of(disk, "dead_letters/lake.jsonl");
  Image image = disk.now();
  image.flip("dead_letters/lake.jsonl", whole.find("\"lsn\""), 3);
  PowerDisk damaged(image);
  const auto letters = DeadLetters::open(damaged, "lake").value();
  const Status settled = letters->settle(9);
  REQUIRE_FALSE(settled.ok());
  CHECK(settled.error().kind == ErrorKind::Corrupt);
  CHECK(damaged.bytes("dead_letters/lake.jsonl").size() == whole.size());
  // Letters of batches that this branch never had.
  CHECK_FALSE(DeadLetters::open(disk, "lake").value()->settle(3).ok());
  CHECK(file_of(disk, "dead_letters/lake.jsonl") == whole);
}

TEST_CASE("dead letters: the last line may lack its end; whose batch is committed is kept",
          "[letters]") {
  for (const std::uint64_t batches : {2u, 1u}) {
    INFO(batches << " batches are committed");
    PowerDisk disk;
    TestLetters rows;
    {
      const auto letters = opened(disk, 0);
      for (const int row : {1, 2}) REQUIRE(letters->add(rows.letter(1, row)).ok());
      REQUIRE(letters->add(rows.letter(2, 3)).ok());
      REQUIRE(letters->sync().ok());
    }
    const std::string text = file_of(disk, kPath);
    rewrite(disk, kPath, text.substr(0, text.size() - 1));
    const Rows kept = batches == 2 ? Rows{1, 2, 3} : Rows{1, 2};
    {
      const auto letters = opened(disk, batches);
      CHECK(letters->count() == kept.size());
      CHECK(rows_of(disk) == kept);
      CHECK(letters->bytes() == disk.bytes(kPath).size());
      REQUIRE(letters->add(rows.letter(3, 4)).ok());
      REQUIRE(letters->sync().ok());
    }
    SeededRandom random(batches);
    const PowerDisk after(disk.cut(disk.calls(), random));
    Rows and_one = kept;
    and_one.push_back(4);
    CHECK(rows_of(after) == and_one);
  }
}

TEST_CASE("dead letters: a full disk at the end of the last line loses no letter", "[letters]") {
  PowerDisk disk;
  TestLetters rows;
  {
    const auto letters = opened(disk, 0);
    REQUIRE(letters->add(rows.letter(1, 1)).ok());
    REQUIRE(letters->sync().ok());
  }
  const std::string text = file_of(disk, kPath);
  rewrite(disk, kPath, text.substr(0, text.size() - 1));
  disk.inject_no_space(0);
  const auto letters = DeadLetters::open(disk, "lake").value();
  const Status full = letters->settle(1);
  REQUIRE_FALSE(full.ok());
  CHECK(full.error().kind == ErrorKind::Transient);
  disk.give_space();
  REQUIRE(letters->settle(1).ok());
  CHECK(rows_of(disk) == Rows{1});
}

TEST_CASE("dead letters: lines may be taken out by hand", "[letters]") {
  PowerDisk disk;
  TestLetters rows;
  {
    const auto letters = opened(disk, 0);
    for (int row = 1; row <= 4; ++row) {
      REQUIRE(letters->add(rows.letter(static_cast<std::uint64_t>(row), row)).ok());
    }
    REQUIRE(letters->sync().ok());
  }
  std::vector<std::string> lines;
  const std::string text = file_of(disk, kPath);
  for (std::size_t at = 0; at < text.size(); at += lines.back().size()) {
    lines.push_back(text.substr(at, text.find('\n', at) + 1 - at));
  }
  REQUIRE(lines.size() == 4);
  // Any of them, with the end of the last one or without.
  for (unsigned left = 0; left < 16; ++left) {
    for (const bool has_end : {true, false}) {
      std::string edited;
      Rows kept;
      for (std::size_t i = 0; i < 4; ++i) {
        if ((left >> i & 1) == 0) continue;
        edited += lines[i];
        kept.push_back(i + 1);
      }
      if (!has_end && !edited.empty()) edited.pop_back();
      PowerDisk by_hand(disk.now());
      rewrite(by_hand, kPath, edited);
      CHECK(opened(by_hand, 4)->count() == kept.size());
      CHECK(rows_of(by_hand) == kept);
    }
  }
}

TEST_CASE("dead letters: a failed sync is final", "[letters]") {
  PowerDisk disk;
  TestLetters rows;
  const auto letters = opened(disk, 0);
  REQUIRE(letters->add(rows.letter(1, 1)).ok());
  disk.fail_next_sync();
  CHECK_FALSE(letters->sync().ok());
  CHECK_FALSE(letters->sync().ok());
  CHECK_FALSE(letters->settle(0).ok());
}

TEST_CASE("dead letters: a full disk is an error that passes", "[letters]") {
  PowerDisk disk;
  TestLetters rows;
  const auto letters = opened(disk, 0);
  REQUIRE(letters->add(rows.letter(1, 1)).ok());
  disk.inject_no_space(100);
  const Status full = letters->sync();
  REQUIRE_FALSE(full.ok());
  CHECK(full.error().kind == ErrorKind::Transient);
  disk.give_space();
  REQUIRE(letters->settle(0).ok());
  CHECK(letters->count() == 0);
  REQUIRE(letters->add(rows.letter(1, 1)).ok());
  REQUIRE(letters->sync().ok());
  CHECK(opened(disk, 1)->count() == 1);
}

TEST_CASE("dead letters: of a forgotten sink they lie beside, and count no more", "[letters]") {
  PowerDisk disk;
  TestLetters rows;
  for (int i = 0; i < 2; ++i) {
    const auto letters = opened(disk, 0);
    CHECK(letters->count() == 0);
    REQUIRE(letters->add(rows.letter(1, 1)).ok());
    REQUIRE(letters->sync().ok());
    REQUIRE(DeadLetters::forget(disk, "lake").ok());
  }
  REQUIRE(DeadLetters::forget(disk, "lake").ok());
  CHECK(disk.files() == std::vector<std::string>{"dead_letters/lake.jsonl.forgotten",
                                                 "dead_letters/lake.jsonl.forgotten-2"});
}
