// Goal:   a branch reads the rows of a snapshot, range by range in the plan's order, and then the
//         stream; wherever it stopped it goes on with the next row.
// Method: ranges that become ready in any order while several feeds read, each of which starts
//         anew from its position now and then.
#include "lib/branch/log_feed.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <random>

#include "lib/log/log.h"
#include "lib/log/side_writer.h"
#include "tests/support/messages.h"
#include "tests/support/power_disk.h"
#include "tests/support/script.h"

using namespace slotcast;
using namespace slotcast::branch;
using namespace slotcast::test;

namespace {

constexpr std::uint32_t kTable = 16384;
const Lsn kPoint{0x1000};
const Message kBegin = begin_message(kPoint, 0);
const Message kCommit = commit_message(kPoint, kPoint);

log::Options options() {
  log::Options options;
  options.segment_bytes = 64 * 1024;
  options.first_record = log::kStreamBegin;
  return options;
}

// A log with side segments in front. Rows are numbered over all of it: what a feed must give.
class Origin {
 public:
  explicit Origin(std::uint64_t seed) : random_(seed) {
    log_ = log::Log::open(disk_, options(), clock_, random_, kPoint).value();
    side_ = std::make_unique<log::SideSegments>(log_->tail());
  }

  void expect(std::uint64_t ranges, std::size_t rows) {
    side_->expect(ranges);
    rows_per_range_ = rows;
    stream_from_ = ranges * rows;
  }

  void copy(std::uint64_t range) {
    const log::SideWriter::Range where{log::first_record_of(range), log::kRecordsPerRange, kPoint,
                                       kBegin, kCommit};
    auto writer = log::SideWriter::create(disk_, where, random_).value();
    writer.add_schema(log::RecordType::Relation, kTable, relation_message(kTable, "t"));
    for (std::size_t row = (range - 1) * rows_per_range_; row < range * rows_per_range_; ++row) {
      REQUIRE(writer.append_row(insert_message(kTable, row, std::string(500, 'x'))).ok());
    }
    auto segment = writer.finish();
    REQUIRE(segment.ok());
    side_->add(range, std::move(segment).value());
  }

  // One transaction of the stream.
  void commit(std::size_t rows) {
    log::Writer& writer = log_->writer();
    const Lsn lsn{kPoint.value + (streamed_ + 1) * 0x100};
    REQUIRE(append_to(writer, begin_message(lsn, 7)).ok());
    if (streamed_ == 0) REQUIRE(append_to(writer, relation_message(kTable, "t")).ok());
    for (std::size_t i = 0; i < rows; ++i) {
      const auto row = insert_message(kTable, stream_from_ + streamed_++, std::string(500, 'y'));
      REQUIRE(append_to(writer, row).ok());
    }
    REQUIRE(append_to(writer, commit_message(lsn, {lsn.value + 0x80})).ok());
    if (random_.next() % 2 == 0) REQUIRE(writer.flush().ok());
  }
  void flush() { REQUIRE(log_->writer().flush().ok()); }

  std::size_t rows() const { return stream_from_ + streamed_; }
  std::size_t stream_from() const { return stream_from_; }
  log::Log& log() { return *log_; }
  log::SideSegments& side() { return *side_; }
  SeededRandom& random() { return random_; }
  BlockCache& cache() { return cache_; }

 private:
  PowerDisk disk_;
  SystemClock clock_;
  SeededRandom random_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<log::SideSegments> side_;
  BlockCache cache_;
  std::size_t rows_per_range_ = 0, stream_from_ = 0, streamed_ = 0;
};

class Follower {
 public:
  explicit Follower(Origin& origin) : origin_(origin) { start_anew(); }

  void start_anew() {
    feed_ = std::make_unique<LogFeed>(origin_.log().segments(),
                                      Beside{&origin_.side(), nullptr, ""}, origin_.cache());
    REQUIRE(feed_->start(at_).ok());
  }

  // Reads what is there, up to so many transactions; a block of a range counts as one.
  void read(std::size_t transactions) {
    while (transactions > 0) {
      const auto slice = feed_->next(origin_.log().tail().written().record);
      REQUIRE(slice.ok());
      if (!slice.value()) break;
      for (const Change& change : slice.value()->changes) check(change);
      if (!slice.value()->ends_transaction) continue;
      CHECK(feed_->position().next > at_.next);
      at_ = feed_->position();
      --transactions;
    }
  }
  std::size_t rows() const { return next_row_; }
  const journal::Checkpoint& position() const { return feed_->position(); }
  bool is_in_snapshot() const { return feed_->is_in_snapshot(); }

 private:
  void check(const Change& change) {
    REQUIRE(std::stoul(std::string(change.row[0].text())) == next_row_);
    const bool copied = next_row_ < origin_.stream_from();
    REQUIRE(change.operation == (copied ? Operation::Read : Operation::Create));
    // (LSN, ordinal) orders the rows as they come.
    REQUIRE(change.id > last_);
    last_ = change.id;
    ++next_row_;
  }

  Origin& origin_;
  std::unique_ptr<Feed> feed_;
  journal::Checkpoint at_{{1}, kPoint, {}};
  std::size_t next_row_ = 0;
  ChangeId last_;
};

}  // namespace

TEST_CASE("feed: the snapshot's ranges in their order, then the stream", "[branch]") {
  const std::uint64_t seed = GENERATE(range<std::uint64_t>(1, 9));
  Origin origin(seed);
  constexpr std::uint64_t kRanges = 6;
  origin.expect(kRanges, 300);
  std::vector<std::uint64_t> order(kRanges);
  std::iota(order.begin(), order.end(), 1);
  std::shuffle(order.begin(), order.end(), std::mt19937(static_cast<unsigned>(seed)));
  std::vector<std::unique_ptr<Follower>> followers;
  for (int i = 0; i < 3; ++i) followers.push_back(std::make_unique<Follower>(origin));
  for (int step = 0; step < 400; ++step) {
    const std::uint64_t dice = origin.random().next() % 10;
    if (dice == 0 && !order.empty()) {
      origin.copy(order.back());
      order.pop_back();
    } else if (dice == 1) {
      origin.commit(1 + origin.random().next() % 200);
    } else {
      Follower& one = *followers[origin.random().next() % followers.size()];
      if (dice == 2) one.start_anew();
      one.read(1 + origin.random().next() % 4);
    }
  }
  for (const std::uint64_t range : order) origin.copy(range);
  origin.flush();
  for (const auto& one : followers) {
    one->read(1'000'000);
    CHECK(one->rows() == origin.rows());
    CHECK_FALSE(one->is_in_snapshot());
  }
}

TEST_CASE("feed: waits for a range that is being copied, and passes one that is left out",
          "[branch]") {
  Origin origin(1);
  origin.expect(3, 100);
  Follower follower(origin);
  follower.read(1000);
  CHECK(follower.rows() == 0);
  origin.copy(1);
  follower.read(1000);
  CHECK(follower.rows() == 100);
  follower.start_anew();
  follower.read(1000);
  CHECK(follower.rows() == 100);
  CHECK(follower.is_in_snapshot());
  origin.copy(2);
  origin.side().leave_out(3);
  follower.read(1000);
  CHECK(follower.rows() == 200);
  CHECK_FALSE(follower.is_in_snapshot());
  CHECK(follower.position().next >= log::kStreamBegin);
}

TEST_CASE("side segments: those that all have passed are given back", "[branch]") {
  Origin origin(1);
  origin.expect(3, 1000);
  for (const std::uint64_t range : {3u, 1u, 2u}) origin.copy(range);
  Follower follower(origin);
  CHECK(origin.side().drop_passed(follower.position().next).empty());
  while (follower.rows() < 1500) follower.read(1);
  CHECK(origin.side().drop_passed(follower.position().next).size() == 1);
  CHECK(origin.side().size_bytes() > 0);
  follower.start_anew();
  follower.read(1000);
  CHECK(follower.rows() == 3000);
  CHECK(origin.side().drop_passed(log::kStreamBegin).size() == 2);
  CHECK(origin.side().size_bytes() == 0);
}
