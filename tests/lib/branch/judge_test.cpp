// Goal:   a row that the sink refuses goes by on_error before it is in any batch, and a diverted
//         one arrives once the sink takes it.
// Method: a scripted log, and a sink in memory with a judge that refuses every third row, at once
//         or only after the sink could not write one, or no row but those that the sink could not
//         write; the sink also fails at each of its calls in turn.
#include <atomic>
#include <charconv>
#include <set>
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

// When a sink's judge speaks: one that finds out by writing has none before, or knows only of the
// rows that it could not write.
enum class Judging { AtOnce, AfterRefusal, OneByOne, Never };

class ThirdRefused final : public sink::Judge {
 public:
  explicit ThirdRefused(Judging judging) : judging_(judging) {}

  std::optional<sink::Refusal> refuse(const sink::Row& row) override {
    const bool knows = judging_ != Judging::OneByOne || noted_.count(text_of(*row.change)) > 0;
    if (!knows || !is_third(row.change->row[0].text())) return std::nullopt;
    return sink::Refusal{"23502", "not this one"};
  }
  void look_anew() override { noted_.clear(); }
  void note(const sink::Row& row) { noted_.insert(text_of(*row.change)); }

 private:
  const Judging judging_;
  std::set<std::string> noted_;
};

class JudgingSink final : public sink::Sink {
 public:
  JudgingSink(std::shared_ptr<RecordedSide> side, Fault fault, Judging judging,
              const std::atomic<bool>& takes_all)
      : sink_(std::move(side), fault),
        judge_(judging),
        judging_(judging),
        takes_all_(takes_all),
        speaks_(judging == Judging::AtOnce) {}

  sink::Judge* judge() override { return speaks_ ? &judge_ : nullptr; }
  Status open() override { return sink_.open(); }
  Result<std::uint64_t> write(sink::Rows rows) override {
    for (const sink::Row& row : rows) {
      if (takes_all_ || !is_third(row.change->row[0].text())) continue;
      speaks_ = judging_ != Judging::Never;
      judge_.note(row);
      return rejected("cannot write " + text_of(*row.change));
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
  const std::atomic<bool>& takes_all_;
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
                              std::make_unique<JudgingSink>(side, fault, judging, takes_all), end);
  }

  BranchSource source;
  Lsn until;
  Judging judging = Judging::AtOnce;
  std::atomic<bool> takes_all = false;
  std::vector<std::string> refused, taken;
  std::unique_ptr<DeadLetters> letters;
  std::shared_ptr<RecordedSide> side = std::make_shared<RecordedSide>();
};

void wait_until(const std::function<bool()>& is_so) {
  for (int i = 0; i < 2000 && !is_so(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  REQUIRE(is_so());
}

void send_again(branch::Branch& branch) {
  branch.redrive();
  branch.start();
  wait_until([&] { return branch.redriven().has_value(); });
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
      {Judging::OneByOne, OnError::Skip},
      {Judging::OneByOne, OnError::Divert},
  }));
  bool over = false;
  for (std::size_t call = 0; !over; ++call) {
    Scene scene(script, on_error);
    // Refusals of the sink's own: one, or one of each row.
    std::uint64_t retries = judging == Judging::AfterRefusal ? 1 : 0;
    if (judging == Judging::OneByOne) retries = scene.refused.size();
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

TEST_CASE("judge: a sink whose judge knows no better stops at the same refusal", "[branch]") {
  Scene scene(script_of(12), OnError::Skip);
  scene.judging = Judging::Never;
  const auto branch = scene.make(Fault{});
  branch->run();
  REQUIRE(branch->status().state == State::Failed);
  CHECK(branch->status().retries == 1);
  CHECK(branch->status().last_error.find("cannot write ") == 0);
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

TEST_CASE("judge: what the sink takes by now goes through, whatever was known of it before",
          "[branch][redrive]") {
  for (const OnError on_error : {OnError::Divert, OnError::Stop}) {
    Scene scene(script_of(12), on_error);
    scene.judging = Judging::OneByOne;
    const auto branch = scene.make(Fault{}, {});
    branch->start();
    const bool stops = on_error == OnError::Stop;
    wait_until([&] {
      return stops ? branch->status().state == State::Failed
                   : branch->status().rows == scene.taken.size();
    });
    scene.takes_all = true;
    stops ? branch->resume() : branch->redrive();
    const std::size_t all = scene.taken.size() + scene.refused.size();
    wait_until([&] { return branch->status().rows == all; });
    branch->stop();
    branch->join();
    CHECK(scene.letters->count() == 0);
    CHECK(scene.side->rows().size() == all);
  }
}

TEST_CASE("judge: diverted rows are judged again when they are sent again", "[branch][redrive]") {
  Scene scene(script_of(12), OnError::Divert);
  scene.judging = GENERATE(Judging::AtOnce, Judging::OneByOne);
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
