// Goal:   dead letters that are sent again arrive once, among the rows of the stream, whichever
//         call of the sink fails and whichever side dies; what cannot go stays, and stops nothing.
// Method: letters in a file, a scripted log, and a sink in memory that fails at each of its calls
//         in turn, before or after the call took effect.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/branch_source.h"
#include "tests/support/letter_life.h"
#include "tests/support/recording_sink.h"
#include "tests/support/shapes.h"

using namespace slotcast;
using namespace slotcast::test;
using branch::DeadLetters;

namespace {

constexpr const char* kSink = "far";
constexpr int kLetters = 7;

using Rows = std::vector<std::string>;

// Never writes one certain row.
class RejectingSink final : public sink::Sink {
 public:
  RejectingSink(std::shared_ptr<RecordedSide> side, std::string row)
      : sink_(std::move(side), {}), row_(std::move(row)) {}

  Status open() override { return sink_.open(); }
  Result<std::uint64_t> write(sink::Rows rows) override {
    for (const sink::Row& row : rows) {
      if (text_of(*row.change) == row_) return rejected("cannot write this one");
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
  const std::string row_;
};

// A source whose sink has letters, and what must arrive in the end.
class Scene {
 public:
  explicit Scene(const Script& script, const std::string& target = "")
      : source(script, 64 * 1024), expected(expected_of(script)), until(script.end()) {
    source.begin_branch(kSink);
    rows_.target = target;
    reopen();
    REQUIRE(letters->settle(0).ok());
    for (int row = 1; row <= kLetters; ++row) {
      REQUIRE(letters->add(rows_.letter(0, row)).ok());
      letter_rows.push_back(text_of(*rows_.letter(0, row).change));
    }
    REQUIRE(letters->sync().ok());
    reopen();
  }

  // As a new process does.
  void reopen() {
    letters = DeadLetters::open(source.state(), kSink).value();
    source.letters = letters.get();
  }
  std::unique_ptr<branch::Branch> make(Fault fault) {
    auto branch =
        source.make_branch(kSink, "public.*", std::make_unique<RecordingSink>(side, fault), until);
    branch->redrive();
    return branch;
  }
  Rows all_expected() const {
    Rows all = expected;
    all.insert(all.end(), letter_rows.begin(), letter_rows.end());
    std::sort(all.begin(), all.end());
    return all;
  }
  Rows arrived() const {
    Rows all = side->rows();
    std::sort(all.begin(), all.end());
    return all;
  }

  BranchSource source;
  Rows expected, letter_rows;
  Lsn until;
  std::unique_ptr<DeadLetters> letters;
  std::shared_ptr<RecordedSide> side = std::make_shared<RecordedSide>();

 private:
  TestLetters rows_;
};

}  // namespace

TEST_CASE("redrive: an error at any sink call that passes sends each letter once", "[redrive]") {
  const Script script = script_of(12);
  for (const bool takes_effect : {false, true}) {
    bool over = false;
    for (std::size_t call = 0; !over; ++call) {
      INFO("call " << call << (takes_effect ? ", answer lost" : ", request lost"));
      Scene scene(script);
      const auto branch = scene.make(Fault{call, ErrorKind::Transient, takes_effect});
      CHECK(branch->status().dead_letters == kLetters);
      branch->run();
      REQUIRE(branch->status().state == branch::State::Stopped);
      REQUIRE(scene.arrived() == scene.all_expected());
      REQUIRE(scene.side->rows_of_letters() == scene.letter_rows);
      REQUIRE(branch->status().dead_letters == 0);
      const auto done = branch->redriven();
      REQUIRE((done && done->ok()));
      // Those of a redrive that had to be settled were sent by the first attempt.
      if (branch->status().last_error.empty()) REQUIRE(done->value().sent == kLetters);
      over = branch->status().last_error.empty() && call > 30;
    }
  }
}

TEST_CASE("redrive: a process that ends at any sink call is continued by the next", "[redrive]") {
  const Script script = script_of(12);
  for (const bool takes_effect : {false, true}) {
    bool over = false;
    for (std::size_t call = 0; !over; ++call) {
      INFO("call " << call << (takes_effect ? ", after it" : ", before it"));
      Scene scene(script);
      for (const std::size_t fault : {call, call / 2, SIZE_MAX}) {
        scene.reopen();
        const auto branch = scene.make(Fault{fault, ErrorKind::Invalid, takes_effect});
        branch->run();
        over = fault == call && branch->status().state == branch::State::Stopped && call > 30;
        if (fault == SIZE_MAX) REQUIRE(branch->status().state == branch::State::Stopped);
        if (over) break;
      }
      REQUIRE(scene.arrived() == scene.all_expected());
      REQUIRE(scene.letters->count() == 0);
    }
  }
}

TEST_CASE("redrive: letters come in order, between two batches of the stream", "[redrive]") {
  Scene scene(script_of(12));
  const auto branch = scene.make(Fault{});
  branch->run();
  const Rows rows = scene.side->rows();
  const auto first = std::find(rows.begin(), rows.end(), scene.letter_rows.front());
  REQUIRE(rows.end() - first >= kLetters);
  CHECK(std::equal(scene.letter_rows.begin(), scene.letter_rows.end(), first));
  bool is_a_batch = false;
  for (const auto& [token, batch] : scene.side->committed) is_a_batch |= batch == scene.letter_rows;
  CHECK(is_a_batch);
}

TEST_CASE("redrive: a letter that no route leads on any more is kept, with that reason",
          "[redrive]") {
  Scene scene(script_of(12), "gone");
  const auto branch = scene.make(Fault{});
  branch->run();
  REQUIRE(branch->status().state == branch::State::Stopped);
  CHECK(scene.side->rows() == scene.expected);
  CHECK(scene.side->rows_of_letters().empty());  // the batch behind them is of the stream
  const auto done = branch->redriven();
  REQUIRE((done && done->ok()));
  CHECK(done->value().sent == 0);
  CHECK(done->value().kept == kLetters);
  scene.reopen();
  CHECK(scene.letters->count() == kLetters);
  REQUIRE(scene.letters->settle(scene.source.journal().state(kSink)->batches).ok());
  REQUIRE(scene.letters->begin_redrive(1'000).value());
  const auto letter = scene.letters->next().value();
  REQUIRE(letter.has_value());
  CHECK(letter->error == "no route leads from table public.t to this target any more");
  CHECK(letter->target == "gone");
}

TEST_CASE("redrive: it says how many were sent, were kept and why, and were left out",
          "[redrive]") {
  Scene scene(script_of(12));
  // Of the letters' rows 1 to 7; those of the stream go to 4.
  scene.source.shaping = make_shaping("_seq > 3", "*, 1 / (_seq - 5) AS part");
  scene.source.on_error = OnError::Divert;
  const auto branch = scene.make(Fault{});
  branch->run();
  REQUIRE(branch->status().state == branch::State::Stopped);
  Rows sent;
  for (const auto& [token, batch] : scene.side->committed) {
    if (batch.front().starts_with(scene.letter_rows[3])) sent = batch;
  }
  CHECK(sent == Rows{scene.letter_rows[3] + " -1", scene.letter_rows[5] + " 1",
                     scene.letter_rows[6] + " 0"});
  const auto done = branch->redriven();
  REQUIRE((done && done->ok()));
  CHECK(done->value().sent == 3);
  CHECK(done->value().kept == 1);
  CHECK(done->value().left_out == 3);
  CHECK(describe(done->value()) ==
        "got 3 of its dead letters; 1 failed again, and are kept: 1 for division by zero (22012);"
        " 3 are gone, since no route takes them any more");
  CHECK(branch->status().dead_letters == 1);
  CHECK(branch->status().route_errors.at("routes[0]") == 1);
}

TEST_CASE("redrive: letters that are all left out are gone, and no batch is made", "[redrive]") {
  Scene scene(script_of(12));
  scene.source.shaping = make_shaping("_seq < 0", "");
  const auto branch = scene.make(Fault{});
  branch->run();
  REQUIRE(branch->status().state == branch::State::Stopped);
  CHECK(scene.side->rows().empty());
  CHECK(branch->status().batches == 0);
  CHECK(branch->redriven()->value().left_out == kLetters);
  scene.reopen();
  CHECK(scene.letters->count() == 0);
}

TEST_CASE("redrive: of many reasons some are named, shortened, and all are counted", "[redrive]") {
  branch::Redriven redriven;
  CHECK(describe(redriven) == "has no dead letters");
  for (int i = 0; i < 10; ++i) {
    redriven.keep("22P02", "no number: " + std::to_string(i % 5));
  }
  CHECK(reasons_of(redriven) ==
        "2 for no number: 0 (22P02), 2 for no number: 1 (22P02), 2 for no number: 2 (22P02), "
        "4 for other reasons");
  branch::Redriven of_long;
  std::string text(199, 'x');
  of_long.keep("", text + "ä and more");
  CHECK(reasons_of(of_long) == "1 for " + text + "…");
}

TEST_CASE("redrive: a letter that the sink rejects stops nothing, and all are kept", "[redrive]") {
  const Script script = script_of(12);
  for (int letter = 0; letter < kLetters; ++letter) {
    INFO("letter " << letter);
    Scene scene(script);
    const auto branch = scene.source.make_branch(
        kSink, "public.*",
        std::make_unique<RejectingSink>(scene.side,
                                        scene.letter_rows.at(static_cast<std::size_t>(letter))),
        scene.until);
    branch->redrive();
    branch->run();
    REQUIRE(branch->status().state == branch::State::Stopped);
    const auto done = branch->redriven();
    REQUIRE(done.has_value());
    REQUIRE_FALSE(done->ok());
    REQUIRE(done->error().what.find("cannot write this one") != std::string::npos);
    REQUIRE(scene.side->rows() == scene.expected);
    REQUIRE(scene.letters->count() == kLetters);
  }
}

TEST_CASE("redrive: what the sink rejects once, and its judge never, arrives all the same",
          "[redrive]") {
  const Script script = script_of(12);
  std::size_t arrived = 0;
  for (std::size_t call = 0; call < 40; ++call) {
    INFO("call " << call);
    Scene scene(script);
    const auto branch = scene.make(Fault{call, ErrorKind::Rejected, false});
    branch->run();
    // In any other call than write() it stops the branch.
    if (branch->status().state == branch::State::Failed) continue;
    REQUIRE(branch->redriven()->ok());
    REQUIRE(scene.arrived() == scene.all_expected());
    arrived += branch->status().retries;
  }
  CHECK(arrived > kLetters);
}
