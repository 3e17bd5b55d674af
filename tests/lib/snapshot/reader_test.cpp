// Goal:   what the ranges hold is each row that committed before the slot's consistent point, once,
//         as it was then, and nothing else; what cannot be read as it was is an error.
// Method: a real server under writes; the side segments are read with the log's reader and decoder
//         and held against a SELECT in the same exported snapshot, by a connection of the test's.
#include "lib/snapshot/reader.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <thread>

#include "lib/log/block.h"
#include "lib/log/side_segments.h"
#include "lib/pg/publication.h"
#include "lib/pg/slot.h"
#include "lib/pgoutput/decoder.h"
#include "tests/lib/pg/source.h"
#include "tests/support/power_disk.h"

using namespace slotcast;
using namespace slotcast::pg::test;
using slotcast::test::Postgres;
using slotcast::test::PowerDisk;
using Mode = pg::Connection::Mode;

namespace {

constexpr Duration kPatience = std::chrono::seconds(20);
constexpr std::uint64_t kRangeBytes = 8 * 8192;
using TableRows = std::map<std::string, std::vector<std::string>>;  // "schema.table": lines

Status quietly(std::uint64_t) {
  return {};
}

// Writes to the tables from a thread of its own until it ends.
class Load {
 public:
  explicit Load(const Postgres& server) : connection_(connect(options_for(server))) {
    thread_ = std::thread([this] {
      for (int i = 0; !stopping_; ++i) {
        const std::string n = std::to_string(i);
        ok_ = ok_ && connection_
                         .query("INSERT INTO a VALUES (100000 + " + n +
                                ", 'new');"
                                "UPDATE a SET v = 'later' WHERE id = " +
                                n +
                                ";"
                                "DELETE FROM a WHERE id = 3000 + " +
                                n +
                                ";"
                                "UPDATE p SET v = v || '.' WHERE id = " +
                                n)
                         .ok();
      }
    });
  }
  ~Load() { stop(); }
  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    CHECK(ok_);
  }

 private:
  pg::Connection connection_;
  std::atomic<bool> stopping_{false};
  bool ok_ = true;
  std::thread thread_;
};

void make_tables(const Postgres& server) {
  server.psql(
      "CREATE TABLE a (id int PRIMARY KEY, v text);"
      "INSERT INTO a SELECT g, repeat('x', g % 300) FROM generate_series(1, 8000) g;"
      "CREATE TABLE p (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);"
      "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (2000);"
      "CREATE TABLE p2 (v text, id int NOT NULL); ALTER TABLE p ATTACH PARTITION p2"
      " FOR VALUES FROM (2000) TO (9000);"
      "INSERT INTO p SELECT g, 'part' FROM generate_series(1, 4000) g;"
      "CREATE TABLE nothing (id int PRIMARY KEY)");
}

// What a copied table looks like behind the decoder.
void read_segment(const log::Segment& segment, TableRows& rows, Lsn point) {
  pgoutput::DecoderState state;
  std::uint64_t offset = log::kFirstBlockOffset;
  while (offset < segment.end_bytes) {
    const auto raw = must(log::read_block(*segment.file, offset, segment.header.epoch));
    const auto block = must(pgoutput::decode(raw, state, {0}));
    for (const Change& change : block->changes) {
      REQUIRE(change.operation == Operation::Read);
      REQUIRE(change.id.commit_lsn == Lsn{point.value - 1});
      rows[change.relation->full_name()].push_back(std::string(change.row[0].text()) + "|" +
                                                   std::string(change.row[1].text()));
    }
    state = block->after;
    offset += raw->header.size_on_disk();
  }
}

TableRows select_rows(pg::Connection& connection, const std::vector<pg::SourceTable>& tables) {
  TableRows rows;
  for (const pg::SourceTable& table : tables) {
    if (table.table == "nothing") continue;
    for (const auto& row : must(connection.query("SELECT id, v FROM " + table.full_name()))) {
      rows[table.full_name()].push_back(row[0].value_or("") + "|" + row[1].value_or(""));
    }
  }
  return rows;
}

void sort(TableRows& rows) {
  for (auto& [name, lines] : rows) std::sort(lines.begin(), lines.end());
}

// A slot with its snapshot, kept good by the connection that made it.
struct Exported {
  explicit Exported(const Postgres& server)
      : options(options_for(server)), replication(connect(options, Mode::Replication)) {
    auto sql = connect(options);
    tables = must(pg::list_tables(sql));
    must(pg::create_publications(sql, options, tables));
    slot = must(pg::create_slot(replication, options, kPatience));
    point = snapshot::point_of(slot.consistent_point, {1});
  }

  pg::Options options;
  pg::Connection replication;
  std::vector<pg::SourceTable> tables;
  pg::NewSlot slot;
  snapshot::Reader::Point point;
};

}  // namespace

TEST_CASE("snapshot: the ranges hold what was committed before the slot", "[snapshot][server]") {
  const Postgres server;
  make_tables(server);
  Load load(server);
  Exported source(server);
  auto first = must(snapshot::Reader::open(source.options, source.slot.snapshot));
  auto second = must(snapshot::Reader::open(source.options, source.slot.snapshot));
  must(first.lock(source.tables));
  must(second.lock(source.tables));
  const auto plan = must(snapshot::make_plan(first.connection(), {}, source.tables, kRangeBytes));
  REQUIRE(plan.ranges.size() > 20);
  PowerDisk disk;
  SeededRandom random(1);
  TableRows copied;
  std::uint64_t rows = 0;
  for (const snapshot::Range& range : plan.ranges) {
    snapshot::Reader& worker = range.number % 2 == 0 ? first : second;
    auto done = must(worker.copy(plan, range, source.point, disk, random, quietly));
    read_segment(must(done.writer.finish()), copied, source.slot.consistent_point);
    rows += done.rows;
  }
  load.stop();
  TableRows expected = select_rows(first.connection(), source.tables);
  sort(copied), sort(expected);
  CHECK(copied == expected);
  CHECK(rows == expected["public.a"].size() + expected["public.p"].size());
  CHECK(disk.files().size() == plan.ranges.size());
}

// The other connection stays in the exported snapshot, as the oracle of what it shows.
TEST_CASE("snapshot: without the exported snapshot, its rows that did not change are copied",
          "[snapshot][server]") {
  const Postgres server;
  make_tables(server);
  Load load(server);
  Exported source(server);
  auto oracle = must(snapshot::Reader::open(source.options, source.slot.snapshot));
  const auto plan = must(snapshot::make_plan(oracle.connection(), {}, source.tables, kRangeBytes));
  snapshot::Memory memory;
  snapshot::remember(plan, memory);
  auto later = must(snapshot::Reader::open_later(source.options, must(oracle.visible_snapshot())));
  const auto again = must(snapshot::resume_plan(later.connection(), {}, memory));
  REQUIRE(again.ranges.size() == plan.ranges.size());
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  PowerDisk disk;
  SeededRandom random(1);
  TableRows copied;
  for (const snapshot::Range& range : again.ranges) {
    auto done = must(later.copy(again, range, source.point, disk, random, quietly));
    read_segment(must(done.writer.finish()), copied, source.slot.consistent_point);
  }
  load.stop();
  auto now_connection = connect(source.options);
  TableRows shown = select_rows(oracle.connection(), source.tables);
  TableRows now = select_rows(now_connection, source.tables);
  sort(copied), sort(shown), sort(now);
  for (const auto& [table, lines] : shown) {
    const auto& got = copied[table];
    CHECK(std::includes(lines.begin(), lines.end(), got.begin(), got.end()));
    std::vector<std::string> unchanged;
    std::set_intersection(lines.begin(), lines.end(), now[table].begin(), now[table].end(),
                          std::back_inserter(unchanged));
    CHECK(std::includes(got.begin(), got.end(), unchanged.begin(), unchanged.end()));
    CHECK(unchanged.size() < lines.size());
  }
}

TEST_CASE("snapshot: a table that was dropped or rewritten leaves the other ranges their numbers",
          "[snapshot][server]") {
  const Postgres server;
  make_tables(server);
  Exported source(server);
  snapshot::Memory memory;
  snapshot::Plan plan;
  {
    auto first = must(snapshot::Reader::open(source.options, source.slot.snapshot));
    plan = must(snapshot::make_plan(first.connection(), {}, source.tables, kRangeBytes));
    memory.visible = must(first.visible_snapshot());
  }
  snapshot::remember(plan, memory);
  server.psql("DROP TABLE a; TRUNCATE p1; ALTER TABLE p2 RENAME TO other");
  auto later = must(snapshot::Reader::open_later(source.options, memory.visible));
  const auto again = must(snapshot::resume_plan(later.connection(), {}, memory));
  REQUIRE(again.ranges.size() == plan.ranges.size());
  PowerDisk disk;
  SeededRandom random(1);
  std::uint64_t gone = 0, missing = 0, rows = 0;
  for (const snapshot::Range& range : again.ranges) {
    if (!again.exists(range)) {
      ++gone;
      continue;
    }
    const auto done = later.copy(again, range, source.point, disk, random, quietly);
    if (done.ok()) {
      rows += done.value().rows;
    } else {
      CHECK(done.error().kind == ErrorKind::Invalid);
      ++missing;
    }
  }
  CHECK(gone > 10);
  CHECK(missing > 0);
  CHECK(rows == 2001);  // of p2, from 2000 to 4000
}

TEST_CASE("snapshot: rows that are gone are an error, not an empty table", "[snapshot][server]") {
  const std::string statement =
      GENERATE("TRUNCATE a", "ALTER TABLE a ALTER COLUMN id TYPE bigint", "VACUUM FULL a");
  const Postgres server;
  make_tables(server);
  Exported source(server);
  server.psql(statement);
  auto reader = must(snapshot::Reader::open(source.options, source.slot.snapshot));
  must(reader.lock(source.tables));
  // Today's size may be zero: planned by what the snapshot's reader would have to read.
  snapshot::Plan plan =
      must(snapshot::make_plan(reader.connection(), {}, source.tables, kRangeBytes));
  plan.ranges.assign(1, {1, 0, 0, 0, 1000, true});
  PowerDisk disk;
  SeededRandom random(1);
  const auto done = reader.copy(plan, plan.ranges[0], source.point, disk, random, quietly);
  REQUIRE_FALSE(done.ok());
  CHECK(done.error().kind == ErrorKind::Invalid);
  CHECK(contains(done.error().what, "rewritten or truncated"));
}

TEST_CASE("snapshot: a copy that fails or is stopped leaves no file", "[snapshot][server]") {
  const Postgres server;
  make_tables(server);
  Exported source(server);
  auto reader = must(snapshot::Reader::open(source.options, source.slot.snapshot));
  must(reader.lock(source.tables));
  const auto plan = must(snapshot::make_plan(reader.connection(), {}, source.tables, 64 << 20));
  PowerDisk disk;
  SeededRandom random(1);
  const auto stopped = reader.copy(plan, plan.ranges[0], source.point, disk, random,
                                   [](std::uint64_t) -> Status { return transient("stopping"); });
  REQUIRE_FALSE(stopped.ok());
  CHECK(stopped.error().what == "stopping");
  CHECK(disk.files().empty());
  // The same reader goes on: a range that failed here is copied again.
  CHECK(reader.copy(plan, plan.ranges[0], source.point, disk, random, quietly).ok());
}

TEST_CASE("snapshot: a table that is gone is named", "[snapshot][server]") {
  const Postgres server;
  make_tables(server);
  auto connection = connect(options_for(server));
  const auto plan = snapshot::make_plan(connection, {}, {{"public", "missing", true}}, 64 << 20);
  REQUIRE_FALSE(plan.ok());
  CHECK(plan.error().kind == ErrorKind::Invalid);
  CHECK(contains(plan.error().what, "public.missing"));
}
