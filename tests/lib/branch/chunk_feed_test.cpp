// Goal:   a chunk's rows reach the sinks that asked, at its marker, once, and count to the marker's
//         transaction, however that lies in the blocks; nobody passes a marker whose chunk is not
//         there yet.
// Method: a log with rows and markers, the blocks cut at random places; chunks that become ready
//         in any order; feeds that start anew from their positions.
#include <catch2/catch.hpp>

#include "lib/branch/log_feed.h"
#include "lib/log/log.h"
#include "lib/log/side_writer.h"
#include "lib/pgoutput/encode.h"
#include "tests/support/messages.h"
#include "tests/support/power_disk.h"

using namespace slotcast;
using namespace slotcast::branch;
using namespace slotcast::test;

namespace {

constexpr std::uint32_t kTable = 16384;
constexpr std::size_t kRowsPerChunk = 70;
constexpr const char* kAnothers = "an application's";
const Lsn kPoint{0x1000};

class Origin {
 public:
  explicit Origin(std::uint64_t seed) : random_(seed) {
    log_ = log::Log::open(disk_, log::Options(), clock_, random_, kPoint).value();
    chunks_ = std::make_unique<log::Chunks>(log_->tail(), "slot");
  }

  // `prefix` and `text` of a logical message in a transaction of its own.
  void mark(const std::string& prefix, const std::string& text) {
    const Lsn lsn = next_lsn();
    put(begin_message(lsn, 7));
    put(logical_message_of(lsn, prefix, text));
    put(commit_message(lsn, {lsn.value + 0x80}));
  }
  void commit_row() {
    const Lsn lsn = next_lsn();
    put(begin_message(lsn, 7));
    if (rows_ == 0) put(relation_message(kTable, "t"));
    put(insert_message(kTable, rows_++, std::string(500, 'y')));
    put(commit_message(lsn, {lsn.value + 0x80}));
  }
  // With the marks of a resync around its rows, if told.
  void make_ready(std::uint64_t number, bool is_resync = false) {
    const Message begin = begin_message(kPoint, 0), commit = commit_message(kPoint, kPoint);
    auto writer =
        log::SideWriter::create(
            disk_, {log::first_record_of(number), log::kRecordsPerRange, kPoint, begin, commit},
            random_)
            .value();
    writer.add_schema(log::RecordType::Relation, kTable, relation_message(kTable, "t"));
    using pgoutput::Resync;
    const auto mark = [&](Resync which) {
      if (is_resync) REQUIRE(writer.append_row(pgoutput::encode(which, {kTable})).ok());
    };
    mark(Resync::Begin);
    for (std::size_t row = 0; row < kRowsPerChunk; ++row) {
      const auto message = insert_message(kTable, 1000 * number + row, std::string(900, 'x'));
      REQUIRE(writer.append_row(message).ok());
    }
    mark(Resync::End);
    chunks_->add(number, writer.finish().value(), {1});
  }
  void flush() { REQUIRE(log_->writer().flush().ok()); }

  log::Log& log() { return *log_; }
  log::Chunks& chunks() { return *chunks_; }
  SeededRandom& random() { return random_; }
  BlockCache& cache() { return cache_; }

 private:
  Lsn next_lsn() { return {kPoint.value + 0x100 * ++transactions_}; }
  void put(const Message& message) {
    REQUIRE(append_to(log_->writer(), message).ok());
    if (random_.next() % 5 == 0) flush();
  }

  PowerDisk disk_;
  SystemClock clock_;
  SeededRandom random_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<log::Chunks> chunks_;
  BlockCache cache_;
  std::uint64_t transactions_ = 0, rows_ = 0;
};

class Follower {
 public:
  Follower(Origin& origin, std::string sink) : origin_(origin), sink_(std::move(sink)) {
    start_anew();
  }
  // From the last position: what was of an open transaction comes again.
  void start_anew() {
    feed_ = std::make_unique<LogFeed>(origin_.log().segments(),
                                      Beside{nullptr, &origin_.chunks(), sink_}, origin_.cache());
    REQUIRE(feed_->start(at_).ok());
    open_.clear();
  }
  void read(std::size_t slices) {
    for (; slices > 0; --slices) {
      const auto slice = feed_->next(origin_.log().tail().written().record);
      REQUIRE(slice.ok());
      if (!slice.value()) return;
      for (const Change& change : slice.value()->changes) {
        const bool is_message = change.operation == Operation::Message;
        REQUIRE(change.relation->full_name() == (is_message ? "." : "public.t"));
        const std::string first = change.row.empty() ? "" : std::string(change.row[0].text());
        open_.push_back(static_cast<char>(change.operation) + first);
      }
      if (!slice.value()->ends_transaction) continue;
      rows_.insert(rows_.end(), open_.begin(), open_.end());
      open_.clear();
      if (!slice.value()->marker.empty()) rows_.push_back(std::string(slice.value()->marker));
      at_ = feed_->position();
    }
  }
  const std::vector<std::string>& rows() const { return rows_; }

 private:
  Origin& origin_;
  const std::string sink_;
  std::unique_ptr<Feed> feed_;
  journal::Checkpoint at_{{1}, kPoint, {}};
  std::vector<std::string> open_, rows_;
};

// The second one is that of a resync.
void expect_chunk(std::vector<std::string>& rows, std::uint64_t number) {
  if (number == 2) rows.push_back("b");
  for (std::size_t row = 0; row < kRowsPerChunk; ++row) {
    rows.push_back("r" + std::to_string(1000 * number + row));
  }
  if (number == 2) rows.push_back("e");
}

}  // namespace

TEST_CASE("feed: a chunk comes at its marker, once, and with its transaction", "[branch]") {
  const std::uint64_t seed = GENERATE(range<std::uint64_t>(1, 41));
  INFO("seed " << seed);
  Origin origin(seed);
  for (std::uint64_t number = 1; number <= 3; ++number) {
    origin.chunks().expect(number, {number == 2 ? "asks" : "other", "both"});
  }
  std::vector<std::string> asks, both, none;
  for (std::uint64_t number = 1; number <= 4; ++number) {
    const std::string marker = origin.chunks().marker_of(number);
    origin.commit_row();
    origin.mark(kAnothers, marker);
    origin.mark("slotcast", "other slot chunk 1");
    origin.mark("slotcast", marker);
    for (auto* rows : {&asks, &both, &none}) {
      rows->push_back("c" + std::to_string(number - 1));
      rows->push_back(std::string("m") + kAnothers);
      rows->push_back("other slot chunk 1");
    }
    if (number == 2) expect_chunk(asks, number);
    if (number <= 2) expect_chunk(both, number);
    for (auto* rows : {&asks, &both, &none}) rows->push_back(marker);
  }
  origin.flush();
  Follower first(origin, "asks"), second(origin, "both"), third(origin, "none");
  const auto read_a_while = [&](std::size_t steps) {
    for (std::size_t step = 0; step < steps; ++step) {
      for (Follower* one : {&first, &second, &third}) {
        if (origin.random().next() % 4 == 0) one->start_anew();
        one->read(1 + origin.random().next() % 6);
      }
    }
  };
  read_a_while(30);
  CHECK(third.rows() == none);
  const std::vector<std::string> until_chunk(both.begin(), both.begin() + 3);
  CHECK(second.rows() == until_chunk);
  origin.make_ready(2, true);
  read_a_while(10);
  CHECK(second.rows() == until_chunk);
  CHECK(first.rows() == asks);
  origin.make_ready(1);
  origin.chunks().drop(3);
  read_a_while(30);
  CHECK(second.rows() == both);
}
