#include <catch2/catch.hpp>
#include <optional>

#include "tests/support/changes.h"
#include "tests/support/stage_disk.h"

// A stage loses power after each call it ever made, with any subset of what was not yet synced
// lost, and must still have each row once after the next start.

using namespace slotcast;
using test::StageDisk;

namespace {

constexpr std::uint64_t kBatches = 4;
constexpr std::uint64_t kRowsPerBatch = 6;

// What a durable journal held once the disk had seen so many calls.
struct Journal {
  std::size_t calls = 0;
  std::uint64_t delivered = 0;  // batches
  std::optional<sink::Token> intent;
};

class Work {
 public:
  Work() {
    for (std::uint64_t i = 0; i < kBatches * kRowsPerBatch; ++i) {
      // Some larger than the sink's buffer, so that files are written before prepare().
      const std::string text(i % 5 == 0 ? 70'000 : 10, 'x');
      changes_.add(Operation::Create, i % 2 == 0 ? one_ : two_, {text});
    }
    for (const Change& change : changes_.all()) rows_.push_back({&change, &no_name_});
  }

  // Delivers from `from` on; false at the first error, of which `error` tells.
  bool deliver(sink::Sink& sink, std::uint64_t from, std::vector<Journal>* history,
               StageDisk* far) const {
    const auto note = [&](Journal journal) {
      if (history == nullptr) return;
      journal.calls = far->disk().calls();
      history->push_back(std::move(journal));
    };
    note({0, from, {}});
    for (std::uint64_t batch = from; batch < kBatches; ++batch) {
      const auto rows = sink::Rows(rows_).subspan(batch * kRowsPerBatch, kRowsPerBatch);
      if (!sink.write(rows.first(2)).ok() || !sink.write(rows.subspan(2)).ok()) return false;
      const auto token = sink.prepare();
      if (!token.ok()) return false;
      note({0, batch, token.value()});
      if (!sink.commit(token.value()).ok()) return false;
      note({0, batch + 1, {}});
    }
    return true;
  }

  test::FarSide::Visible expected() const {
    test::FarSide::Visible all;
    for (std::uint64_t i = 0; i < rows_.size(); ++i)
      all[i % 2 == 0 ? "one" : "two"].push_back(i + 1);
    return all;
  }

 private:
  const Relation one_ = test::make_relation("s", "one", {{"x"}});
  const Relation two_ = test::make_relation("s", "two", {{"x"}});
  const std::string no_name_;
  test::Changes changes_;
  std::vector<sink::Row> rows_;
};

// Starts again on what is left and delivers the rest. True when each row is there once.
bool recovers(const Work& work, const test::Image& image, const Journal& journal) {
  StageDisk far(image);
  const auto sink = far.connect();
  if (!sink->open().ok()) return false;
  std::uint64_t delivered = journal.delivered;
  if (journal.intent) {
    const auto recovered = sink->recover(*journal.intent);
    if (!recovered.ok()) return false;
    if (recovered.value() == sink::Recovered::Done) ++delivered;
  }
  if (!sink->abort().ok() || far.unfinished() != 0) return false;
  if (!work.deliver(*sink, delivered, nullptr, nullptr)) return false;
  auto visible = far.visible();
  // Names after a restart may sort before those of the life before: here the rows count.
  for (auto& [table, rows] : visible) std::sort(rows.begin(), rows.end());
  return visible == work.expected();
}

struct Outcome {
  int images = 0;
  int lost = 0;
};

// `images` ends for each call after which the power may fail.
Outcome cut_everywhere(bool ignore_syncs, int images) {
  const Work work;
  StageDisk far;
  std::vector<Journal> history;
  const auto sink = far.connect();
  REQUIRE(sink->open().ok());
  REQUIRE(sink->abort().ok());
  REQUIRE(work.deliver(*sink, 0, &history, &far));
  far.disk().ignore_syncs(ignore_syncs);
  SeededRandom random(20261121);
  Outcome outcome;
  std::size_t known = 0;
  for (std::size_t calls = history.front().calls; calls <= far.disk().calls(); ++calls) {
    while (known + 1 < history.size() && history[known + 1].calls < calls) ++known;
    for (int i = 0; i < images; ++i) {
      // A note made at this very call may have become durable or not.
      const bool newer =
          known + 1 < history.size() && history[known + 1].calls == calls && random.next() % 2 == 0;
      const test::Image image = far.disk().cut(calls, random);
      ++outcome.images;
      if (recovers(work, image, history[known + (newer ? 1 : 0)])) continue;
      ++outcome.lost;
      if (!ignore_syncs) {
        UNSCOPED_INFO("after " << far.disk().describe(calls - 1) << ", call " << calls);
      }
    }
  }
  return outcome;
}

}  // namespace

TEST_CASE("stage: the power fails after any call, and each row is there once", "[stage][power]") {
  const Outcome outcome = cut_everywhere(false, 40);
  CHECK(outcome.images >= 2000);
  CHECK(outcome.lost == 0);
}

TEST_CASE("stage: without syncs the same test finds rows lost", "[stage][power]") {
  CHECK(cut_everywhere(true, 2).lost > 0);
}
