#include "tests/contracts/sink_contract.h"

#include <catch2/catch.hpp>
#include <optional>

#include "tests/support/changes.h"

namespace slotcast::test {
namespace {

using sink::Recovered;
using sink::Token;

constexpr std::uint64_t kRows = 10;

// Ten rows of two tables, in three batches: what every section below delivers.
class Workload {
 public:
  Workload() {
    for (std::uint64_t i = 0; i < kRows; ++i) {
      changes_.add(Operation::Create, i % 3 == 2 ? two_ : one_, {"1", "text"});
    }
    for (const Change& change : changes_.all()) rows_.push_back({&change, &no_name_});
  }
  sink::Rows rows(std::uint64_t from, std::uint64_t end) const {
    return sink::Rows(rows_).subspan(from, end - from);
  }
  static FarSide::Visible visible_after(std::uint64_t rows) {
    FarSide::Visible visible;
    for (std::uint64_t i = 0; i < rows; ++i) visible[i % 3 == 2 ? "two" : "one"].push_back(i + 1);
    return visible;
  }

 private:
  const Relation one_ = make_relation("s", "one", {{"id", TypeClass::Integer, true}, {"x"}});
  const Relation two_ = make_relation("s", "two", {{"id", TypeClass::Integer, true}, {"x"}});
  const std::string no_name_;
  Changes changes_;
  std::vector<sink::Row> rows_;
};

void require_ok(const Status& status) {
  if (!status.ok()) FAIL(status.error().what);
}

void write(sink::Sink& sink, const Workload& workload, std::uint64_t from, std::uint64_t end) {
  const auto grown = sink.write(workload.rows(from, end));
  require_ok(grown.status());
  CHECK(grown.value() > 0);
}

Token prepare(sink::Sink& sink) {
  auto token = sink.prepare();
  require_ok(token.status());
  return token.value();
}

// Opened as a branch without an intent does it.
std::unique_ptr<sink::Sink> open_clean(FarSide& far) {
  auto sink = far.connect();
  require_ok(sink->open());
  require_ok(sink->abort());
  return sink;
}

// Opened as a branch with an intent does it.
std::unique_ptr<sink::Sink> open_expecting(FarSide& far, const Token& token, Recovered expected) {
  auto sink = far.connect();
  require_ok(sink->open());
  const auto recovered = sink->recover(token);
  require_ok(recovered.status());
  CHECK(recovered.value() == expected);
  require_ok(sink->abort());
  return sink;
}

// After a commit: the batch must be visible then.
std::unique_ptr<sink::Sink> open_recovering(FarSide& far, const Token& token) {
  return open_expecting(far, token, Recovered::Done);
}

// After no more than prepare(). Returns the rows that have to be visible.
std::uint64_t open_prepared(FarSide& far, const Token& token, std::uint64_t rows,
                            std::unique_ptr<sink::Sink>& sink) {
  const bool is_kept = far.keeps_prepared();
  sink = open_expecting(far, token, is_kept ? Recovered::Done : Recovered::Absent);
  return is_kept ? rows : 0;
}

void check_visible(FarSide& far, std::uint64_t rows) {
  if (far.keeps_rows()) CHECK(far.visible() == Workload::visible_after(rows));
}

struct Killed {};

// The branch, reduced to the order of its steps. What is in `journal_` survives being killed.
class Coordinator {
 public:
  Coordinator(FarSide& far, const Workload& workload) : far_(far), workload_(workload) {}

  // Delivers what is left, but is killed before its `steps`-th step. True when it came to the end.
  bool run(std::size_t steps) {
    steps_left_ = steps;
    try {
      sink_ = far_.connect();
      while (!session()) {
      }
      step();
      require_ok(sink_->close());
    } catch (const Killed&) {
      sink_.reset();
      return false;
    }
    sink_.reset();
    return true;
  }

 private:
  struct Intent {
    Token token;
    std::uint64_t end = 0;
  };
  struct Journal {
    std::uint64_t delivered = 0;
    std::optional<Intent> intent;
  };

  void step() {
    if (steps_left_-- == 0) throw Killed();
  }

  // False after a Transient error, which starts a session anew; any other ends the test.
  bool passed(const Status& status) {
    step();
    if (status.ok()) return true;
    if (status.error().kind != ErrorKind::Transient) FAIL(status.error().what);
    return false;
  }

  bool session() {
    if (!passed(sink_->open())) return false;
    if (journal_.intent) {
      const auto recovered = sink_->recover(journal_.intent->token);
      if (!passed(recovered.status())) return false;
      if (recovered.value() == Recovered::Done) journal_.delivered = journal_.intent->end;
      journal_.intent.reset();
      step();
    }
    if (!passed(sink_->abort())) return false;
    while (journal_.delivered < kRows) {
      if (!batch(std::min(journal_.delivered + 4, kRows))) return false;
    }
    return true;
  }

  bool batch(std::uint64_t end) {
    const std::uint64_t from = journal_.delivered;
    if (!passed(sink_->write(workload_.rows(from, from + 1)).status())) return false;
    if (!passed(sink_->write(workload_.rows(from + 1, end)).status())) return false;
    const auto token = sink_->prepare();
    if (!passed(token.status())) return false;
    journal_.intent = {token.value(), end};
    step();
    while (!passed(sink_->commit(token.value()).status())) {
    }
    journal_ = {end, {}};
    step();
    return true;
  }

  FarSide& far_;
  const Workload& workload_;
  std::unique_ptr<sink::Sink> sink_;
  Journal journal_;
  std::size_t steps_left_ = 0;
};

void check_normal_life(FarSide& far, const Workload& workload) {
  auto sink = open_clean(far);
  require_ok(sink->open());  // again, harmless
  write(*sink, workload, 0, 1);
  write(*sink, workload, 1, 5);
  check_visible(far, 0);
  const Token first = prepare(*sink);
  check_visible(far, 0);
  require_ok(sink->commit(first).status());
  check_visible(far, 5);
  write(*sink, workload, 5, 10);
  check_visible(far, 5);
  require_ok(sink->commit(prepare(*sink)).status());
  check_visible(far, 10);
  require_ok(sink->close());
  CHECK(far.unfinished() == 0);
}

void check_commit_twice(FarSide& far, const Workload& workload) {
  auto sink = open_clean(far);
  write(*sink, workload, 0, 5);
  const Token token = prepare(*sink);
  require_ok(sink->commit(token).status());
  require_ok(sink->commit(token).status());
  check_visible(far, 5);
  sink.reset();
  sink = far.connect();
  require_ok(sink->open());
  require_ok(sink->commit(token).status());
  sink.reset();
  sink = open_recovering(far, token);
  check_visible(far, 5);
  write(*sink, workload, 5, 10);
  require_ok(sink->commit(prepare(*sink)).status());
  check_visible(far, 10);
}

void check_recover_prepared(FarSide& far, const Workload& workload) {
  auto sink = open_clean(far);
  write(*sink, workload, 0, 5);
  const Token token = prepare(*sink);
  sink.reset();
  for (int life = 0; life < 3; ++life) {
    sink.reset();
    check_visible(far, open_prepared(far, token, 5, sink));
  }
  CHECK(far.unfinished() == 0);
}

void check_abort(FarSide& far, const Workload& workload) {
  auto sink = open_clean(far);
  require_ok(sink->abort());
  write(*sink, workload, 0, 7);
  require_ok(sink->abort());
  CHECK(far.unfinished() == 0);
  write(*sink, workload, 0, 3);
  require_ok(sink->commit(prepare(*sink)).status());
  check_visible(far, 3);
  require_ok(sink->abort());
  check_visible(far, 3);
}

void check_close_in_flight(FarSide& far, const Workload& workload) {
  auto sink = open_clean(far);
  write(*sink, workload, 0, 7);
  require_ok(sink->close());
  require_ok(sink->close());  // again, harmless
  CHECK(far.unfinished() == 0);
  check_visible(far, 0);
  sink.reset();
  sink = open_clean(far);
  write(*sink, workload, 0, 5);
  const Token token = prepare(*sink);
  require_ok(sink->close());
  check_visible(far, 0);
  sink.reset();
  check_visible(far, open_prepared(far, token, 5, sink));
}

void check_killed_before_intent(FarSide& far, const Workload& workload) {
  for (const bool is_prepared : {false, true}) {
    auto sink = open_clean(far);
    write(*sink, workload, 0, 7);
    if (is_prepared) prepare(*sink);
    sink.reset();
    sink = open_clean(far);
    CHECK(far.unfinished() == 0);
    check_visible(far, 0);
  }
}

// Killed at any step, and once more at any step of the life after it.
void check_killed_anywhere(const FarSideMaker& make, const Workload& workload) {
  bool is_first_whole = false;
  for (std::size_t first = 0; !is_first_whole; ++first) {
    bool is_second_whole = false;
    for (std::size_t second = 0; !is_second_whole; ++second) {
      const auto far = make();
      Coordinator coordinator(*far, workload);
      CAPTURE(first, second);
      is_first_whole = coordinator.run(first);
      is_second_whole = is_first_whole || far->is_slow() || coordinator.run(second);
      if (!is_second_whole || far->is_slow()) REQUIRE(coordinator.run(SIZE_MAX));
      check_visible(*far, kRows);
      CHECK(far->unfinished() == 0);
    }
  }
}

}  // namespace

// Each access to the far side fails once, and what the branch does then must bring all there.
void check_any_access_failing(const FarSideMaker& make) {
  const Workload workload;
  for (std::size_t call = 0;; ++call) {
    const auto far = make();
    if (!far->fail_call(call)) return;
    CAPTURE(call);
    Coordinator coordinator(*far, workload);
    REQUIRE(coordinator.run(SIZE_MAX));
    check_visible(*far, kRows);
    CHECK(far->unfinished() == 0);
    if (!far->has_failed()) return;
  }
}

void check_sink_contract(const FarSideMaker& make) {
  const Workload workload;
  const auto far = make();
  SECTION("rows come in order, whole batches at a time") {
    check_normal_life(*far, workload);
  }
  SECTION("committing again does no harm, in this process and in later ones") {
    check_commit_twice(*far, workload);
  }
  SECTION("a prepared batch survives its process and is made visible once, or is absent") {
    check_recover_prepared(*far, workload);
  }
  SECTION("an aborted batch leaves nothing and takes nothing with it") {
    check_abort(*far, workload);
  }
  SECTION("closing aborts what is open and keeps what is prepared") {
    check_close_in_flight(*far, workload);
  }
  SECTION("a batch without an intent never happened") {
    check_killed_before_intent(*far, workload);
  }
  SECTION("killed between any two steps, twice, each row is there once") {
    check_killed_anywhere(make, workload);
  }
  SECTION("whichever access fails for a moment, each row is there once") {
    check_any_access_failing(make);
  }
}

}  // namespace slotcast::test
