// The way of a row from the network thread's chunk to a line in a file, without a server and
// without a disk: W1-like transactions (five inserts, four updates, one delete; ten columns, some
// 190 bytes) through the product's own Ring, Appender, Writer, Branch and stage sink, on files in
// memory.
//
//     slotcast_bench log|read|feed|all ROWS   as far as the log; then what is logged read back and
//                                             checked; or decoded too; or delivered to files
//     slotcast_bench shaped ROWS SELECT       delivered by a route with a filter and this list
//     slotcast_bench allocations              ends with 0 when rows do not ask for memory
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>

#include "connectors/stage/directory_place.h"
#include "connectors/stage/stage_sink.h"
#include "lib/branch/branch.h"
#include "lib/branch/log_feed.h"
#include "lib/capture/appender.h"
#include "lib/log/log.h"
#include "lib/log/reader.h"
#include "tests/bench/memory_directory.h"
#include "tests/support/messages.h"

namespace {

std::atomic<std::uint64_t> allocations{0};

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace slotcast::bench {
namespace {

using test::Message;
using test::Tuple;

constexpr std::uint32_t kTable = 16384;
constexpr std::size_t kChunkBytes = 64 * 1024;
constexpr std::uint64_t kRowsPerTransaction = 10;
const Lsn kStart{0x1000000};

template <class T>
void require(const T& result) {
  if (result.ok()) return;
  std::fprintf(stderr, "%s\n", result.error().what.c_str());
  std::abort();
}

Tuple tuple(std::uint64_t id) {
  return {std::to_string(id),
          std::to_string(id * 7919 % 100000),
          "customer name " + std::to_string(id % 1000),
          "a note of usual length, number " + std::to_string(id),
          "1234.37",
          "2026-11-21 06:50:00.123456+00",
          "t",
          "{\"size\": 3, \"colour\": \"blue\"}",
          "4f9f3b1e-66a1-4f7d-b8cf-0d3c5c0c5a11",
          std::to_string(id % 50)};
}

Message row(std::uint64_t number) {
  if (number < 5) return test::insert_of(kTable, tuple(number));
  if (number < 9) return test::update_of(kTable, '-', {}, tuple(number));
  Tuple key(10, test::kNullCell);
  key[0] = test::TupleCell(std::to_string(number));
  return test::delete_of(kTable, 'K', key);
}

// One transaction, of which only the positions are made anew each time.
struct Template {
  Template() {
    begin = test::begin_message({}, 726);
    commit = test::commit_message({}, {});
    for (std::uint64_t i = 0; i < kRowsPerTransaction; ++i) rows.push_back(row(i));
  }
  void move_to(std::uint64_t number) {
    const std::uint64_t lsn = kStart.value + number * 0x1000;
    store_be(begin.data() + 1, lsn);
    store_be(commit.data() + 2, lsn);
    store_be(commit.data() + 10, lsn + 48);
  }

  Message begin, commit;
  std::vector<Message> rows;
};

Lsn end_of(std::uint64_t rows) {
  return {kStart.value + rows / kRowsPerTransaction * 0x1000 + 48};
}

// What the network thread does with what it received.
void receive(capture::Ring& ring, std::uint64_t rows) {
  Template transaction;
  capture::Chunk chunk;
  chunk.add(capture::ItemKind::Message, transaction.begin);
  chunk.clear();
  bool is_announced = false;
  for (std::uint64_t number = 1; number <= rows / kRowsPerTransaction; ++number) {
    transaction.move_to(number);
    chunk.add(capture::ItemKind::Message, transaction.begin);
    if (!is_announced) {
      const Message relation = test::relation_of(kTable, "public", "w1", 'd',
                                                 {{"id", 20, 1},
                                                  {"customer", 20},
                                                  {"name"},
                                                  {"note"},
                                                  {"price", 1700},
                                                  {"changed", 1184},
                                                  {"active", 16},
                                                  {"attributes", 3802},
                                                  {"token", 2950},
                                                  {"quantity", 23}});
      chunk.add(capture::ItemKind::Message, relation);
      is_announced = true;
    }
    for (const Message& one : transaction.rows) chunk.add(capture::ItemKind::Message, one);
    chunk.add(capture::ItemKind::Message, transaction.commit);
    if (chunk.size_bytes() >= kChunkBytes) ring.push(chunk, Duration::zero());
  }
  if (!chunk.empty()) ring.push(chunk, Duration::zero());
}

Result<Catalog> catalog_of(const Relation& relation) {
  Catalog catalog;
  for (const Column& column : relation.columns) {
    catalog.columns.push_back({"", 'b', column.type_oid, 0, {}});
  }
  return catalog;
}

// With a select list, a filter as well.
route::Route route_of(const std::string& select) {
  route::Route route;
  route.from.push_back(route::TablePattern::parse("public.*").value());
  if (select.empty()) return route;
  auto shaping = std::make_shared<route::Shaping>();
  shaping->place = [](route::Shaping::Clause, std::uint32_t) { return std::string(); };
  shaping->where = sql::parse_where("customer >= 0 AND active").value;
  auto parsed = sql::parse_select(select);
  if (parsed.complaint) std::abort();
  shaping->select = std::move(parsed.value);
  route.shaping = std::move(shaping);
  return route;
}

class Pipeline {
 public:
  Pipeline() {
    auto opened = log::Log::open(disk_, log::Options(), clock_, random_, kStart);
    require(opened);
    log_ = std::move(opened).value();
  }

  void write_log(std::uint64_t rows) {
    capture::Ring ring(SIZE_MAX);
    receive(ring, rows);
    capture::Counters counters(clock_);
    capture::Appender appender(ring, *log_, counters, clock_, &catalog_of);
    appender.stop();
    require(appender.run());
    require(log_->sync_now());
  }

  void read_log() {
    log::Reader reader(log_->segments());
    require(reader.seek({1}));
    const Sequence written = log_->tail().written().record;
    while (reader.position() <= written) require(reader.next(written));
  }

  void decode_log() {
    branch::LogFeed feed(log_->segments(), {}, cache_);
    require(feed.start({{1}, kStart, {}}));
    while (true) {
      const auto slice = feed.next(log_->tail().written().record);
      require(slice);
      if (!slice.value()) return;
    }
  }

  void deliver(std::uint64_t rows, const std::string& select) {
    auto journal = journal::Journal::open(disk_);
    require(journal);
    require(journal.value()->note_checkpoint("lake", {{1}, kStart, {}}, true));
    branch::Options options;
    options.sink = "lake";
    options.until = end_of(rows);
    sink::Environment environment{"shop", "lake", &clock_, &random_};
    environment.exclusive = false;
    auto place = std::make_unique<stage::DirectoryPlace>(
        "/stage", environment, [](const std::string&) -> Result<std::unique_ptr<io::Directory>> {
          return std::unique_ptr<io::Directory>(std::make_unique<MemoryDirectory>());
        });
    auto stage = std::make_unique<stage::StageSink>(
        std::move(place), stage::Pattern::parse("{table}-%U.jsonl").value(), stage::Options(),
        environment);
    branch::Branch branch(
        {&log_->tail(), journal.value().get(), &clock_, &random_}, std::move(options),
        std::make_unique<branch::LogFeed>(log_->segments(), branch::Beside{}, cache_),
        route::Router({route_of(select)}), std::move(stage));
    branch.run();
    if (branch.status().rows != rows) std::abort();
  }

 private:
  MemoryDirectory disk_;
  SystemClock clock_;
  SeededRandom random_{1};
  std::unique_ptr<log::Log> log_;
  branch::BlockCache cache_;
};

void run(const std::string& what, std::uint64_t rows, const std::string& select = "") {
  Pipeline pipeline;
  pipeline.write_log(rows);
  if (what == "read") pipeline.read_log();
  if (what == "feed") pipeline.decode_log();
  if (what == "all" || what == "shaped") pipeline.deliver(rows, select);
}

// Blocks, chunks and batches may ask for memory; rows may not.
bool has_few_allocations(const std::string& what, const std::string& select) {
  constexpr std::uint64_t kRows = 100'000;
  const auto count = [&](std::uint64_t rows) {
    const std::uint64_t before = allocations;
    run(what, rows, select);
    return allocations - before;
  };
  count(kRows);  // what is made once in a process
  const std::uint64_t few = count(kRows);
  const std::uint64_t more = count(2 * kRows) - few;
  std::printf("%s: %llu allocations for %llu rows more\n", what.c_str(),
              static_cast<unsigned long long>(more), static_cast<unsigned long long>(kRows));
  return more * 10 <= kRows;
}

int count_allocations() {
  const bool as_it_is = has_few_allocations("all", "");
  const bool shaped = has_few_allocations(
      "shaped", "CAST(id AS text) AS id, name, price, changed, CAST(quantity AS text) AS quantity");
  return as_it_is && shaped ? 0 : 1;
}

}  // namespace
}  // namespace slotcast::bench

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "all";
  if (what == "allocations") return slotcast::bench::count_allocations();
  const std::uint64_t rows = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 100000;
  slotcast::bench::run(what, rows, argc > 3 ? argv[3] : "");
  std::printf("%llu rows\n", static_cast<unsigned long long>(rows));
  return 0;
}
