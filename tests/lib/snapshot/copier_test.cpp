// Goal:   the workers copy every range that is not there, within their room on the disk, and never
//         wait for sinks that wait for them.
// Method: a real server; what is copied is what the ledger and the side segments say.
#include "lib/snapshot/copier.h"

#include <catch2/catch.hpp>
#include <future>

#include "lib/log/log.h"
#include "tests/lib/pg/source.h"
#include "tests/support/hanging_disk.h"
#include "tests/support/power_disk.h"

using namespace slotcast;
using namespace slotcast::pg::test;
using slotcast::test::HangingDisk;
using slotcast::test::Postgres;
using slotcast::test::PowerDisk;
using snapshot::Copier;

namespace {

constexpr Lsn kPoint{0x1000};
constexpr Duration kPatience = std::chrono::seconds(20);

class Setup {
 public:
  Setup() : options(options_for(server)) {
    server.psql(
        "CREATE TABLE t (id int PRIMARY KEY, v text);"
        "INSERT INTO t SELECT g, repeat('x', 1000) FROM generate_series(1, 4000) g");
    log = log::Log::open(log_disk, log::Options(), clock, random, kPoint).value();
    side = std::make_unique<log::SideSegments>(log->tail());
    auto sql = connect(options);
    visible = must(sql.query("SELECT pg_current_snapshot()"))[0][0].value_or("");
    plan = must(snapshot::make_plan(sql, {}, must(pg::list_tables(sql)), 256 << 10));
    side->expect(plan.ranges.size());
  }

  std::unique_ptr<Copier> copier(std::set<std::uint64_t> present, snapshot::Options limits) {
    return copier(std::move(present), limits, disk);
  }

  std::unique_ptr<Copier> copier(std::set<std::uint64_t> present, snapshot::Options limits,
                                 io::Directory& directory) {
    Copier::Task task;
    task.plan = plan;
    task.present = std::move(present);
    task.point = snapshot::point_of(kPoint, {1});
    task.visible = visible;
    return std::make_unique<Copier>(Copier::Parts{&options, &directory, side.get(), &clock}, limits,
                                    std::move(task));
  }

  void start(Copier& copier) {
    copier.start([](const Error& error) { FAIL(error.what); },
                 [](const snapshot::Range&, const std::string& why) { FAIL(why); },
                 [this] {
                   ++interruptions;
                   return Status();
                 });
  }

  template <class Claim>
  bool comes_true(const Claim& claim) {
    const SteadyTime end = clock.now() + kPatience;
    while (!claim() && clock.now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return claim();
  }

  const Postgres server;
  const pg::Options options;
  SystemClock clock;
  SeededRandom random{1};
  // Ranges that have no name yet.
  std::size_t unnamed() const {
    std::size_t count = 0;
    for (const std::string& name : disk.files()) count += name.ends_with(".tmp") ? 1 : 0;
    return count;
  }

  PowerDisk log_disk, disk;
  std::unique_ptr<log::Log> log;
  std::unique_ptr<log::SideSegments> side;
  std::string visible;
  snapshot::Plan plan;
  std::atomic<int> interruptions{0};
};

// The first syncs of files fail, with an error that may pass.
class FailingSyncs final : public slotcast::test::ForwardingDirectory {
 public:
  FailingSyncs(io::Directory& inner, int count) : ForwardingDirectory(inner), left_(count) {}
  bool has_failed() const { return left_ <= 0; }

 private:
  class File final : public slotcast::test::ForwardingFile {
   public:
    File(std::unique_ptr<io::File> inner, std::atomic<int>& left)
        : ForwardingFile(std::move(inner)), left_(left) {}
    Status sync() override {
      return left_-- > 0 ? Status(transient("no space left on device")) : ForwardingFile::sync();
    }

   private:
    std::atomic<int>& left_;
  };

  std::unique_ptr<io::File> wrap(std::unique_ptr<io::File> file) override {
    return std::make_unique<File>(std::move(file), left_);
  }

  std::atomic<int> left_;
};

}  // namespace

TEST_CASE("copier: workers wait for room, and go on as the sinks read", "[snapshot][server]") {
  Setup setup;
  REQUIRE(setup.plan.ranges.size() > 10);
  const std::uint64_t room = 600 << 10;
  const auto copier = setup.copier({}, {2, 256 << 10, room});
  setup.start(*copier);
  std::uint64_t passed = 0, largest = 0;
  CHECK(setup.comes_true([&] {
    largest = std::max(largest, setup.side->size_bytes());
    if (copier->progress().is_paused) {
      passed += setup.side->drop_passed(log::first_record_of(passed + 2)).size();
    }
    return copier->is_finished();
  }));
  CHECK(largest >= room);
  CHECK(largest < room + 2 * (400 << 10));
  CHECK(setup.interruptions > 0);
}

TEST_CASE("copier: a range before others is copied although there is no room",
          "[snapshot][server]") {
  Setup setup;
  snapshot::Options limits{1, 256 << 10, std::uint64_t{1} << 40};
  std::set<std::uint64_t> others;
  for (const snapshot::Range& range : setup.plan.ranges) {
    if (range.number != 3 && range.number <= 8) others.insert(range.number);
  }
  {
    const auto first = setup.copier({}, limits);
    setup.start(*first);
    REQUIRE(setup.comes_true([&] { return first->is_finished(); }));
  }
  // What an earlier process left: all but the third are there, and the disk is full of them.
  log::SideSegments left(setup.log->tail());
  left.expect(8);
  for (const std::uint64_t range : others) {
    const std::string name = log::segment_name(log::first_record_of(range));
    left.add(range, must(log::open_side_segment(setup.disk, name)));
  }
  limits.disk_bytes_max = 1;
  Copier::Task task;
  task.plan = setup.plan;
  task.plan.ranges.resize(8);
  task.present = others;
  task.point = snapshot::point_of(kPoint, {1});
  task.visible = setup.visible;
  Copier copier({&setup.options, &setup.disk, &left, &setup.clock}, limits, std::move(task));
  setup.start(copier);
  CHECK(setup.comes_true([&] { return copier.is_finished(); }));
}

TEST_CASE("copier: the next range is read while the disk takes one, which nobody sees before",
          "[snapshot][server]") {
  Setup setup;
  HangingDisk disk(setup.disk);
  disk.hang(HangingDisk::At::Syncs);
  const auto copier = setup.copier({}, {1, 256 << 10, std::uint64_t{1} << 40}, disk);
  setup.start(*copier);
  // One waits for its sync, the next one is being read.
  CHECK(setup.comes_true([&] { return setup.unnamed() == 2; }));
  CHECK(setup.comes_true([&] { return disk.is_hanging(); }));
  const auto rows = [&] { return copier->progress().tables[0].rows; };
  CHECK(setup.side->last() == 0);
  CHECK(copier->progress().done_bytes == 0);
  disk.go_on();
  CHECK(setup.comes_true([&] { return copier->is_finished(); }));
  CHECK(setup.side->last() == setup.plan.ranges.size());
  CHECK(rows() == 4000);
  CHECK(setup.unnamed() == 0);
}

TEST_CASE("copier: what waits for the disk counts as taken from the room", "[snapshot][server]") {
  Setup setup;
  HangingDisk disk(setup.disk);
  disk.hang(HangingDisk::At::Syncs);
  const auto copier = setup.copier({}, {1, 256 << 10, 1}, disk);
  setup.start(*copier);
  CHECK(setup.comes_true([&] { return copier->progress().is_paused; }));
  CHECK(setup.unnamed() == 1);
  disk.go_on();
}

TEST_CASE("copier: a range that could not be made durable is copied again", "[snapshot][server]") {
  Setup setup;
  FailingSyncs disk(setup.disk, 3);
  const auto copier = setup.copier({}, {2, 256 << 10, std::uint64_t{1} << 40}, disk);
  setup.start(*copier);
  CHECK(setup.comes_true([&] { return copier->is_finished(); }));
  CHECK(disk.has_failed());
  CHECK(copier->progress().last_error == "no space left on device");
  CHECK(copier->progress().tables[0].rows == 4000);
  CHECK(setup.unnamed() == 0);
  for (const snapshot::Range& range : setup.plan.ranges) {
    const auto found = setup.side->next(log::first_record_of(range.number));
    REQUIRE(found.segment);
    CHECK(found.segment->header.first_record == log::first_record_of(range.number));
  }
}

TEST_CASE("copier: a disk that may have lost a range ends the workers", "[snapshot][server]") {
  Setup setup;
  setup.disk.fail_next_sync();
  const auto copier = setup.copier({}, {1, 256 << 10, std::uint64_t{1} << 40});
  std::atomic<bool> has_failed{false};
  copier->start([&](const Error& error) { has_failed = error.kind == ErrorKind::Corrupt; },
                [](const snapshot::Range&, const std::string& why) { FAIL(why); },
                [] { return Status(); });
  CHECK(setup.comes_true([&] { return has_failed.load(); }));
  copier->stop();
  CHECK_FALSE(copier->is_finished());
}

// The server gives locks in the order in which they are asked for: the TRUNCATE waits for the first
// worker, and the second worker's COPY for the TRUNCATE.
TEST_CASE("copier: a TRUNCATE that waits for the workers stops none of them",
          "[snapshot][server]") {
  Setup s;
  auto exporter = connect(s.options);
  must(exporter.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
  const std::string exported = must(exporter.query("SELECT pg_export_snapshot()"))[0][0].value();
  Copier::Task task;
  task.plan = s.plan;
  task.point = snapshot::point_of(kPoint, {1});
  task.exported = exported;
  task.reader =
      std::make_unique<snapshot::Reader>(must(snapshot::Reader::open(s.options, exported)));
  REQUIRE(task.reader->lock({{"public", "t"}}).ok());
  auto other = connect(s.options);
  auto truncation = std::async(std::launch::async, [&] { return other.query("TRUNCATE t").ok(); });
  auto sql = connect(s.options);
  REQUIRE(s.comes_true([&] {
    return must(sql.query("SELECT FROM pg_locks WHERE relation = 't'::regclass AND NOT granted"))
               .size() == 1;
  }));
  snapshot::Options limits;
  limits.workers = 2;
  auto copier = std::make_unique<Copier>(Copier::Parts{&s.options, &s.disk, s.side.get(), &s.clock},
                                         limits, std::move(task));
  s.start(*copier);
  CHECK(s.comes_true([&] { return copier->is_finished(); }));
  copier->stop();
  CHECK(copier->progress().tables.at(0).rows == 4000);
  CHECK(s.interruptions == 0);
  copier.reset();
  CHECK(truncation.get());
}
