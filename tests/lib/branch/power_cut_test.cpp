// Goal:   whatever a power cut leaves of the disk, the pipeline goes on from it: nothing that was
//         called durable is gone, and in the end each row is visible once.
// Method: run a scripted session once, on a disk that records every call; cut the power after a
//         random call, let the disk keep any subset of what was not synced, reorder and tear it at
//         512 bytes and 4 KiB; open what is left, let the server send again, run to the end. Every
//         fourth image loses its power a second time on the way.
#include <catch2/catch.hpp>

#include "tests/support/pipeline_model.h"

using namespace slotcast;
using namespace slotcast::test;

namespace {

constexpr std::size_t kScripts = 10;
constexpr std::size_t kImagesPerScript = 200;

Lsn promised_at(const std::vector<Promise>& promises, std::size_t calls) {
  Lsn durable;
  for (const Promise& promise : promises) {
    if (promise.calls <= calls) durable = std::max(durable, promise.durable);
  }
  return durable;
}

// One life on `disk`; the reason why it did not go well, if it did not.
std::optional<std::string> live(PowerDisk& disk, const Script& script, std::uint64_t seed,
                                Lsn promised, std::vector<Promise>* promises) {
  PipelineModel model(disk, script, seed, {});
  const bool begun = static_cast<bool>(promised);
  if (const Status opened = model.open(begun); !opened.ok()) return opened.error().what;
  if (model.recovered() < promised) {
    return "the log ends at " + to_string(model.recovered()) + ", but " + to_string(promised) +
           " was durable";
  }
  if (const Status ran = model.run(); !ran.ok()) return ran.error().what;
  if (promises != nullptr) *promises = model.promises();
  return compare_with_script(disk, script);
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

void cut_once(const PowerDisk& disk, const std::vector<Promise>& promises, const Script& script,
              std::uint64_t seed, bool ignore_syncs, Outcome& outcome) {
  SeededRandom random(seed);
  const std::size_t calls = random.next() % (disk.calls() + 1);
  PowerDisk after(disk.cut(calls, random));
  if (ignore_syncs) after.ignore_syncs(true);
  std::vector<Promise> later;
  const Lsn promised = promised_at(promises, calls);
  const std::string where = "seed " + std::to_string(seed) + ", cut before " +
                            (calls < disk.calls() ? disk.describe(calls) : "the end");
  const auto violation = live(after, script, seed + 1, promised, &later);
  outcome.note(violation, where);
  if (violation || seed % 4 != 0) return;
  const std::size_t again = random.next() % (after.calls() + 1);
  PowerDisk second(after.cut(again, random));
  outcome.note(
      live(second, script, seed + 2, std::max(promised, promised_at(later, again)), nullptr),
      where + ", then a second cut");
}

Outcome run_campaign(std::size_t scripts, std::size_t images, bool ignore_syncs) {
  Outcome outcome;
  for (std::uint64_t number = 1; number <= scripts; ++number) {
    SeededRandom random(number);
    const std::size_t text_bytes = number % 3 == 0 ? 20'000 : 200;
    const Script script = make_script(25, 6, text_bytes, random);
    PowerDisk disk;
    // A build without syncs ignores them anyway, and must fail here.
    if (ignore_syncs) disk.ignore_syncs(true);
    std::vector<Promise> promises;
    const auto violation = live(disk, script, number, {}, &promises);
    INFO("script " << number << ": " << violation.value_or("fine"));
    REQUIRE_FALSE(violation.has_value());
    for (std::size_t i = 0; i < images; ++i) {
      cut_once(disk, promises, script, number * 100'000 + i, ignore_syncs, outcome);
    }
  }
  return outcome;
}

}  // namespace

TEST_CASE("power: after any cut nothing promised is lost, and each row arrives once", "[power]") {
  const Outcome outcome = run_campaign(kScripts, kImagesPerScript, false);
  INFO(outcome.violations << " of " << outcome.images << " images; first: " << outcome.first);
  CHECK(outcome.violations == 0);
  CHECK(outcome.images >= 2'000);
}

TEST_CASE("power: on a disk that ignores syncs the same check fails", "[control]") {
  const Outcome outcome = run_campaign(1, 60, true);
  INFO(outcome.violations << " of " << outcome.images << " images; first: " << outcome.first);
  CHECK(outcome.violations > 0);
}
