// Goal:   what was appended is what is read, from any place on, whatever the sizes; a log without
//         room waits and loses nothing; only what nobody needs is retired.
// Method: a scripted session appended as capture does it, compared record by record with what was
//         handed over; the disk full at each single write in turn.
#include "lib/log/log.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "lib/pgoutput/message.h"
#include "tests/support/failing_writes.h"
#include "tests/support/forwarding_directory.h"
#include "tests/support/messages.h"
#include "tests/support/power_disk.h"

using namespace slotcast;
using namespace slotcast::test;

namespace {

constexpr Lsn kStart{0x1000};

struct Read {
  std::vector<std::string> records;  // without the schema, which every segment repeats
  std::vector<Sequence> sequences;   // of `records`
  std::vector<std::string> known;    // what was last said of every relation, for each of `records`
};

std::string text_of(log::RecordType type, Bytes payload) {
  return std::to_string(static_cast<int>(type)) + std::string(as_text(payload));
}

bool is_schema(log::RecordType type) {
  return type == log::RecordType::Relation || type == log::RecordType::Catalog;
}

// What a reader knows of the relations: the last message of each.
class KnownSchema {
 public:
  // A Relation record: the relation's id, then the server's message.
  void take(Bytes payload) { last_[load_le<std::uint32_t>(payload.data())] = as_text(payload); }
  std::string text() const {
    std::string all;
    for (const auto& [id, message] : last_) all += message;
    return all;
  }

 private:
  std::map<std::uint32_t, std::string> last_;
};

Read read_from(log::Log& log, Sequence from) {
  Read read;
  log::Reader reader = log.reader();
  REQUIRE(reader.seek(from).ok());
  KnownSchema known;
  while (true) {
    const auto block = reader.next(log.tail().written().record);
    INFO((block.ok() ? std::string() : block.error().what));
    REQUIRE(block.ok());
    if (!block.value()) return read;
    log::RecordCursor cursor = block.value()->records();
    log::Record record;
    while (cursor.next(record)) {
      if (is_schema(record.type)) {
        known.take(record.payload);
      } else if (record.sequence >= from) {
        read.records.push_back(text_of(record.type, record.payload));
        read.sequences.push_back(record.sequence);
        read.known.push_back(known.text());
      }
    }
    REQUIRE_FALSE(cursor.damaged());
  }
}

// Appends as capture does: a call that finds no room is made again.
class Filler {
 public:
  explicit Filler(log::Log& log) : log_(log) {}

  void add(const ScriptTransaction& transaction) {
    for (const Message& message : transaction.messages) add(message);
  }
  void add(const Message& message) {
    until_it_fits([&] { return append_to(log_.writer(), message); });
    const char tag = static_cast<char>(message[0]);
    if (tag == 'R') {
      std::vector<std::byte> record(4);
      store_le(record.data(), load_be<std::uint32_t>(message.data() + 1));
      record.insert(record.end(), message.begin(), message.end());
      return known_.take(record);
    }
    const auto type = tag == 'B'   ? log::RecordType::Begin
                      : tag == 'C' ? log::RecordType::Commit
                                   : log::RecordType::Message;
    expected_.push_back(text_of(type, message));
    known_then_.push_back(known_.text());
  }
  void abandon() {
    until_it_fits([&] { return log_.writer().append_abandon(); });
    expected_.push_back(text_of(log::RecordType::Abandon, {}));
    known_then_.push_back(known_.text());
  }
  void flush() {
    until_it_fits([&] { return log_.writer().flush(); });
  }
  const std::vector<std::string>& expected() const { return expected_; }
  // What was last said of every relation before each of expected().
  const std::vector<std::string>& known() const { return known_then_; }
  std::size_t pauses() const { return pauses_; }

 private:
  template <class Step>
  void until_it_fits(const Step& step) {
    for (int attempt = 0; attempt < 5; ++attempt) {
      const Status done = step();
      if (done.ok()) return;
      ++pauses_;
      INFO(done.error().what);
      REQUIRE(done.error().kind == ErrorKind::Transient);
      REQUIRE_FALSE(log_.tail().failure().has_value());
    }
    FAIL("there is room again, but the log does not go on");
  }

  log::Log& log_;
  std::vector<std::string> expected_;
  KnownSchema known_;
  std::vector<std::string> known_then_;
  std::size_t pauses_ = 0;
};

log::Options segments_of(std::uint64_t bytes) {
  log::Options options;
  options.segment_bytes = bytes;
  return options;
}

std::unique_ptr<log::Log> open(io::Directory& disk, const log::Options& options, Clock& clock,
                               Random& random, bool is_new = true) {
  auto log = log::Log::open(disk, options, clock, random,
                            is_new ? std::optional<Lsn>(kStart) : std::nullopt);
  INFO((log.ok() ? std::string() : log.error().what));
  REQUIRE(log.ok());
  return std::move(log).value();
}

Status append_all(log::Log& log, const ScriptTransaction& transaction) {
  TRY(log.writer().append_begin(transaction.messages.front()));
  for (std::size_t i = 1; i + 1 < transaction.messages.size(); ++i) {
    TRY(log.writer().append_message(transaction.messages[i]));
  }
  TRY(log.writer().append_commit(transaction.messages.back(), transaction.end_lsn, {}));
  return log.writer().flush();
}

// What is in memory is written as soon as the keeper has retired a segment.
Status wait_for_room(log::Log& log) {
  Status done = log.writer().flush();
  for (int i = 0; i < 500 && !done.ok(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    done = log.writer().flush();
  }
  return done;
}

std::uint64_t disk_bytes(const PowerDisk& disk) {
  std::uint64_t sum = 0;
  for (const std::string& path : disk.files()) sum += disk.bytes(path).size();
  return sum;
}

// Where renaming takes its time, as on a busy file system: what happens meanwhile is seen.
class SlowRenames final : public ForwardingDirectory {
 public:
  using ForwardingDirectory::ForwardingDirectory;
  Status rename(const std::string& from, const std::string& to, bool replace) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return ForwardingDirectory::rename(from, to, replace);
  }

 private:
  std::unique_ptr<io::File> wrap(std::unique_ptr<io::File> file) override { return file; }
};

}  // namespace

TEST_CASE("log: what was appended is read, over segments, blocks and large records", "[log]") {
  SystemClock clock;
  for (const std::size_t text_bytes : {100u, 20'000u, 200'000u}) {
    PowerDisk disk;
    SeededRandom random(text_bytes);
    const Script script = make_script(40, 12, text_bytes, random);
    const log::Options options = segments_of(128 * 1024);
    std::vector<std::string> expected;
    {
      const auto log = open(disk, options, clock, random);
      Filler filler(*log);
      for (const ScriptTransaction& transaction : script.transactions) {
        if (random.next() % 5 == 0) {  // a connection lost in the middle
          filler.add(transaction.messages.front());
          filler.add(transaction.messages[1]);
          filler.abandon();
        }
        filler.add(transaction);
        if (random.next() % 3 == 0) filler.flush();
      }
      filler.flush();
      expected = filler.expected();
      CHECK(read_from(*log, {1}).records == expected);
      CHECK(log->writer().end_lsn() == script.end());
      REQUIRE(log->sync_now().ok());
      REQUIRE(log->close().ok());
    }
    const auto again = open(disk, options, clock, random, false);
    CHECK(again->recovered_lsn() == script.end());
    Read read = read_from(*again, {1});
    REQUIRE(read.records.size() >= expected.size());
    read.records.resize(expected.size());  // close() notes how far it was synced
    CHECK(read.records == expected);
  }
}

TEST_CASE("log: a reader that begins at any record sees the rest, schema included", "[log]") {
  PowerDisk disk;
  SystemClock clock;
  SeededRandom random(3);
  const auto log = open(disk, segments_of(16 * 1024), clock, random);
  Filler filler(*log);
  const Script script = make_script(40, 6, 900, random);
  for (const ScriptTransaction& transaction : script.transactions) {
    filler.add(transaction);
    if (random.next() % 2 == 0) filler.flush();
  }
  filler.flush();
  REQUIRE(log->segments().all().size() >= 4);
  const Read all = read_from(*log, {1});
  REQUIRE(all.records == filler.expected());
  const bool same_schema = all.known == filler.known();  // printed, it would be long
  REQUIRE(same_schema);
  for (std::size_t i = 0; i < all.sequences.size(); ++i) {
    const Read rest = read_from(*log, all.sequences[i]);
    INFO("from record " << to_string(all.sequences[i]));
    REQUIRE(rest.sequences.size() == all.sequences.size() - i);
    REQUIRE(std::equal(rest.records.begin(), rest.records.end(),
                       all.records.begin() + static_cast<std::ptrdiff_t>(i)));
    REQUIRE(std::equal(rest.known.begin(), rest.known.end(),
                       all.known.begin() + static_cast<std::ptrdiff_t>(i)));
  }
}

TEST_CASE("log: a disk that is full at any write pauses the log and loses nothing", "[log]") {
  SystemClock clock;
  bool over = false;
  std::size_t tried = 0;
  for (std::size_t write = 0; !over; ++write, ++tried) {
    PowerDisk disk;
    FailingWrites full(disk);
    SeededRandom random(4);
    const Script script = make_script(12, 5, 1'500, random);
    const log::Options options = segments_of(16 * 1024);
    INFO("full at write " << write);
    {
      const auto log = open(full, options, clock, random);
      full.fail_after(write, 2);
      Filler filler(*log);
      for (const ScriptTransaction& transaction : script.transactions) {
        filler.add(transaction);
        filler.flush();
      }
      over = filler.pauses() == 0;
      REQUIRE(read_from(*log, {1}).records == filler.expected());
      REQUIRE(log->sync_now().ok());
    }
    const auto again = open(disk, options, clock, random, false);
    REQUIRE(again->recovered_lsn() == script.end());
  }
  CHECK(tried > 12);
}

TEST_CASE("log: at log.max_size it pauses until what nobody needs is retired", "[log]") {
  PowerDisk disk;
  SystemClock clock;
  SeededRandom random(5);
  log::Options options = segments_of(16 * 1024);
  options.size_bytes_max = 4 * options.segment_bytes;
  SlowRenames slow(disk);
  const auto log = open(slow, options, clock, random);
  std::atomic<std::uint64_t> claim{1};
  log->start([&claim] { return Sequence{claim}; });
  const Script script = make_script(100, 5, 1'500, random);
  std::size_t pauses = 0;
  for (const ScriptTransaction& transaction : script.transactions) {
    Status done = append_all(*log, transaction);
    while (!done.ok()) {
      REQUIRE(done.error().kind == ErrorKind::Transient);
      REQUIRE(log->writer().is_full());
      // Nothing is retired as long as somebody claims it.
      REQUIRE(log->segments().find({claim}).has_value());
      REQUIRE(disk_bytes(disk) <= options.size_bytes_max);
      ++pauses;
      claim = log->tail().durable().record.value + 1;
      done = wait_for_room(*log);
    }
    REQUIRE(disk_bytes(disk) <= options.size_bytes_max);
  }
  CHECK(pauses > 2);
  REQUIRE(log->close().ok());
  // Files are written over again and again; what they held before is never read.
  const auto again = open(disk, options, clock, random, false);
  CHECK(again->recovered_lsn() == script.end());
  std::set<std::string> sent;
  for (const ScriptTransaction& transaction : script.transactions) {
    for (const Message& message : transaction.messages) sent.insert(std::string(as_text(message)));
  }
  const Sequence first = again->segments().all().front().header.first_record;
  CHECK(first > Sequence{1});
  Sequence expected = first;
  const Read read = read_from(*again, first);
  for (std::size_t i = 0; i < read.records.size(); ++i) {
    CHECK(read.sequences[i] == expected);
    expected = expected + 1;
    if (read.records[i][0] == '7') continue;
    CHECK(sent.count(read.records[i].substr(1)) == 1);
  }
}
