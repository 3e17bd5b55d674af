// Goal:   a row that the sink refuses goes by on_error before it is in any batch, and a diverted
//         one arrives once the sink takes it.
// Method: a scripted log, and a sink in memory with a judge that refuses every third row, at once
//         or only after the sink could not write one; the sink also fails at each of its calls in
//         turn.
#include <charconv>
#include <sstream>
#include <thread>

#include "tests/support/branch_source.h"
#include "tests/support/recording_sink.h"

using namespace slotcast;
using namespace slotcast::test;
using branch::DeadLetters;
using branch::State;

namespace {

constexpr const char* kSink = "far";

// Of a line of expected_of(): "c 0/1000 1 5 xxx".
bool is_third(std::string_view id) {
  int number = 0;
  std::from_chars(id.data(), id.data() + id.size(), number);
  return number % 3 == 0;
}

class ThirdRefused final : public sink::Judge {
 public:
  std::optional<sink::Refusal> refuse(const sink::Row& row) override {
    const Change& change = *row.change;
    if (!is_third(change.row[0].text())) return std::nullopt;
    return sink::Refusal{"23502", "not this one"};
  }
};

// When its judge speaks: a sink that finds out by writing has none before.
enum class Judging { AtOnce, AfterRefusal, Never };

class JudgingSink final : public sink::Sink {
 public:
  JudgingSink(std::shared_ptr<RecordedSide> side, Fault fault, Judging judging)
      : sink_(std::move(side), fault), judging_(judging), speaks_(judging == Judging::AtOnce) {}

  sink::Judge* judge() override { return speaks_ ? &judge_ : nullptr; }
  Status open() override { return sink_.open(); }
  Result<std::uint64_t> write(sink::Rows rows) override {
    for (const sink::Row& row : rows) {
      if (!judge_.refuse(row)) continue;
      speaks_ = judging_ != Judging::Never;
      return rejected("cannot write this one");
    }
    return sink_.write(rows);
  }
  Result<sink::Token> prepare() override { return sink_.prepare(); }
  Result<sink::Recovered> commit(const sink::Token& token) override { return sink_.commit(token); }
  Result<sink::Recovered> recover(const sink::Token& token) override {
    return sink_.recover(token);
  }
  Status abort() override { return sink_.abort(); }
  Status close() override { return sink_.close(); }

 private:
  RecordingSink sink_;
  ThirdRefused judge_;
  const Judging judging_;
  bool speaks_;
};

class Scene {
 public:
  Scene(const Script& script, OnError on_error) : source(script, 64 * 1024), until(script.end()) {
    source.begin_branch(kSink);
    source.on_error = on_error;
    letters = DeadLetters::open(source.state(), kSink).value();
    source.letters = letters.get();
    for (const std::string& line : expected_of(script)) {
      std::istringstream words(line);
      std::string operation, lsn, ordinal, id;
      words >> operation >> lsn >> ordinal >> id;
      (is_third(id) ? refused : taken).push_back(line);
    }
    REQUIRE(refused.size() > 3);
    REQUIRE(taken.size() > 3);
  }
  std::unique_ptr<branch::Branch> make(Fault fault) { return make(fault, until); }
  std::unique_ptr<branch::Branch> make(Fault fault, Lsn end) {
    return source.make_branch(kSink, "public.*",
                              std::make_unique<JudgingSink>(side, fault, judging), end);
  }

  BranchSource source;
  Lsn until;
  Judging judging = Judging::AtOnce;
  std::vector<std::string> refused, taken;
  std::unique_ptr<DeadLetters> letters;
  std::shared_ptr<RecordedSide> side = std::make_shared<RecordedSide>();
};

void send_again(branch::Branch& branch) {
  branch.redrive();
  branch.start();
  for (int i = 0; i < 2000 && !branch.redriven(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  branch.stop();
  branch.join();
  const auto done = branch.redriven();
  REQUIRE((done && done->ok()));
}

}  // namespace

TEST_CASE(
    "judge: whichever call fails, what is refused is left out or kept, the rest is there once",
    "[branch]") {
  const Script script = script_of(12);
  const auto [judging, on_error] = GENERATE(table<Judging, OnError>({
      {Judging::AtOnce, OnError::Skip},
      {Judging::AtOnce, OnError::Divert},
      {Judging::AfterRefusal, OnError::Skip},
      {Judging::AfterRefusal, OnError::Divert},
  }));
  bool over = false;
  // One refusal is the sink's own.
  const std::uint64_t retries = judging == Judging::AfterRefusal ? 1 : 0;
  for (std::size_t call = 0; !over; ++call) {
    Scene scene(script, on_error);
    scene.judging = judging;
    const auto branch = scene.make(Fault{call, ErrorKind::Transient, call % 2 == 0});
    branch->run();
    REQUIRE(branch->status().state == State::Stopped);
    REQUIRE(scene.side->rows() == scene.taken);
    REQUIRE(branch->status().route_errors.at("routes[0]") == scene.refused.size());
    const bool keeps = on_error == OnError::Divert;
    REQUIRE(scene.letters->count() == (keeps ? scene.refused.size() : 0));
    over = branch->status().retries == retries && call > 12;
  }
}

TEST_CASE("judge: a sink whose judge knows no better stops at the second refusal", "[branch]") {
  Scene scene(script_of(12), OnError::Skip);
  scene.judging = Judging::Never;
  const auto branch = scene.make(Fault{});
  branch->run();
  REQUIRE(branch->status().state == State::Failed);
  CHECK(branch->status().retries == 1);
  CHECK(branch->status().last_error == "cannot write this one");
}

TEST_CASE("judge: with on_error stop the sink stops, and says where and why", "[branch]") {
  Scene scene(script_of(12), OnError::Stop);
  const auto branch = scene.make(Fault{});
  branch->run();
  REQUIRE(branch->status().state == State::Failed);
  const std::string error = branch->status().last_error;
  std::istringstream words(scene.refused.front());
  std::string operation, lsn, ordinal;
  words >> operation >> lsn >> ordinal;
  CAPTURE(error);
  CHECK(error.find(lsn + " change " + ordinal + " of public.") != std::string::npos);
  CHECK(error.find("not this one (SQLSTATE 23502)") != std::string::npos);
}

TEST_CASE("judge: diverted rows are judged again when they are sent again", "[branch][redrive]") {
  Scene scene(script_of(12), OnError::Divert);
  scene.make(Fault{})->run();
  send_again(*scene.make(Fault{}, {}));
  CHECK(scene.letters->count() == scene.refused.size());
  CHECK(scene.side->rows() == scene.taken);
  // Its configuration has changed: it takes every row now.
  scene.letters = DeadLetters::open(scene.source.state(), kSink).value();
  scene.source.letters = scene.letters.get();
  const auto last = scene.source.make_branch(
      kSink, "public.*", std::make_unique<RecordingSink>(scene.side, Fault{}), {});
  send_again(*last);
  CHECK(scene.letters->count() == 0);
  auto all = scene.taken;
  all.insert(all.end(), scene.refused.begin(), scene.refused.end());
  CHECK(scene.side->rows() == all);
}
