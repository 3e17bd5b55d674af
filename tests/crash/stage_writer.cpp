// Delivers rows to a stage on the real disk, or in a bucket, as a branch does, with a real journal:
// what the crash tests kill at every call, and whose memory they measure.
//
//     slotcast_stage_writer URL STATE BATCHES ROWS_PER_BATCH ROW_BYTES COMPRESS CLOCK TABLES RUN
//
// RUN rows go to a table before the next one has its turn.
// A bucket's endpoint and credentials come from the environment, as those of Amazon's own tools do.
// Row n, from 1 on, has _seq n, all of one LSN; CLOCK is the wall time in seconds. A run goes on
// where the journal says.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "connectors/stage/make.h"
#include "lib/io/posix.h"
#include "lib/journal/journal.h"

using namespace slotcast;

namespace {

constexpr const char* kSink = "lake";

class FixedClock final : public Clock {
 public:
  explicit FixedClock(std::int64_t seconds) : wall_(std::chrono::seconds(seconds)) {}
  SteadyTime now() const override { return {}; }
  WallTime wall() const override { return wall_; }

 private:
  const WallTime wall_;
};

template <class T>
T must(Result<T> result) {
  if (result.ok()) return std::move(result).value();
  std::fprintf(stderr, "%s\n", result.error().what.c_str());
  std::exit(1);
}

void must(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.error().what.c_str());
  std::exit(1);
}

struct Work {
  std::uint64_t batches = 0;
  std::uint64_t rows = 0;  // of a batch
  std::size_t row_bytes = 0;
  std::vector<Relation> tables = {};
  std::uint64_t run = 1;  // of rows to a table before the next one
};

std::vector<Relation> make_tables(std::size_t count) {
  std::vector<Relation> tables(count);
  for (std::size_t i = 0; i < count; ++i) {
    tables[i].version = i + 1;
    tables[i].schema = "s";
    tables[i].table = "table" + std::to_string(i + 1);
    tables[i].columns = {Column()};
    tables[i].columns[0].name = "x";
  }
  return tables;
}

// To all tables in turn.
void write_batch(sink::Sink& sink, const Work& work, std::uint64_t batch) {
  static const std::string no_name;
  std::string text(work.row_bytes, 'x');
  SeededRandom random(batch);
  for (std::uint64_t number = 0; number < work.rows; ++number) {
    for (std::size_t at = 0; at + 8 <= text.size(); at += 8) {
      const std::uint64_t word = random.next();
      for (std::size_t i = 0; i < 8; ++i) {
        text[at + i] = static_cast<char>('a' + (word >> i * 8) % 26);
      }
    }
    const Cell cell{text.data(), static_cast<std::uint32_t>(text.size()), Cell::Kind::Text};
    Change change;
    change.id = {{0x1000}, batch * work.rows + number + 1};
    change.relation = &work.tables[number / work.run % work.tables.size()];
    change.row = {&cell, 1};
    const sink::Row row{&change, &no_name};
    must(sink.write({&row, 1}).status());
  }
}

void deliver(sink::Sink& sink, journal::Journal& journal, const Work& work) {
  if (!journal.state(kSink)) must(journal.note_checkpoint(kSink, {{1}, {}, {}}, true));
  must(sink.open());
  if (const auto intent = journal.state(kSink)->intent) {
    must(sink.recover(intent->token).status());
    must(journal.note_checkpoint(kSink, intent->after, true));
  }
  must(sink.abort());
  std::uint64_t batch = journal.state(kSink)->checkpoint.next.value - 1;
  for (; batch < work.batches; ++batch) {
    write_batch(sink, work, batch);
    journal::Intent intent;
    intent.token = must(sink.prepare());
    intent.batch = batch + 1;
    intent.first = {batch + 1};
    intent.after.next = {batch + 2};
    must(journal.note_intent(kSink, intent));
    must(sink.commit(intent.token).status());
    must(journal.note_checkpoint(kSink, intent.after, true));
  }
  must(sink.close());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 10) return 2;
  const Work work{std::strtoull(argv[3], nullptr, 10), std::strtoull(argv[4], nullptr, 10),
                  std::strtoull(argv[5], nullptr, 10),
                  make_tables(std::strtoull(argv[8], nullptr, 10)),
                  std::strtoull(argv[9], nullptr, 10)};
  FixedClock clock(std::atoll(argv[7]));
  SystemRandom random;
  stage::Options options;
  options.pattern = "{table}/%s-%U.jsonl";
  for (const auto one : {stage::Compression::Gzip, stage::Compression::Zstd}) {
    if (std::string(name_of(one)) == argv[6]) options.compress = one;
  }
  const auto state = must(io::open_directory(argv[2]));
  const auto journal = must(journal::Journal::open(*state, 16 * 1024));
  const sink::Environment environment{"shop", kSink, &clock, &random};
  options.url = argv[1];
  const auto sink = must(stage::make(options, environment));
  deliver(*sink, *journal, work);
  return 0;
}
