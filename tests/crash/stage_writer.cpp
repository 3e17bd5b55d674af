// Delivers rows to a stage on the real disk as a branch does, with a real journal: what the crash
// tests kill at every call, and whose memory they measure.
//
//     slotcast_stage_writer STAGE STATE BATCHES ROWS_PER_BATCH ROW_BYTES COMPRESS CLOCK
//
// Row n, from 1 on, has _seq n, all of one LSN; CLOCK is the wall time in seconds. A run goes on
// where the journal says.
#include <cstdio>
#include <cstdlib>

#include "connectors/stage/directory_place.h"
#include "connectors/stage/stage_sink.h"
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
};

// Two tables, row by row.
void write_batch(sink::Sink& sink, const Work& work, std::uint64_t batch) {
  static Relation relations[2];
  static const std::string no_name;
  for (std::size_t i = 0; i < 2; ++i) {
    relations[i].version = i + 1;
    relations[i].schema = "s";
    relations[i].table = i == 0 ? "one" : "two";
    relations[i].columns = {Column()};
    relations[i].columns[0].name = "x";
  }
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
    change.relation = &relations[number % 2];
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
    must(sink.commit(intent.token));
    must(journal.note_checkpoint(kSink, intent.after, true));
  }
  must(sink.close());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 8) return 2;
  const Work work{std::strtoull(argv[3], nullptr, 10), std::strtoull(argv[4], nullptr, 10),
                  std::strtoull(argv[5], nullptr, 10)};
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
  stage::StageSink sink(
      std::make_unique<stage::DirectoryPlace>(argv[1], environment, &io::open_directory),
      must(stage::pattern_of(options)), options, environment);
  deliver(sink, *journal, work);
  return 0;
}
