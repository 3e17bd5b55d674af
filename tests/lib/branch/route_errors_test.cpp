// Goal:   a row that a route fails for is counted once in a process, however often its batch is
//         built, and not before the row is done with.
// Method: a scripted log, a route that fails for every third row, and a sink in memory that fails
//         at each of its calls in turn.
#include <functional>
#include <sstream>
#include <thread>

#include "tests/support/branch_source.h"
#include "tests/support/recording_sink.h"
#include "tests/support/shapes.h"

using namespace slotcast;
using namespace slotcast::test;
using branch::DeadLetters;
using branch::State;

namespace {

constexpr const char* kSink = "far";

// The key of a line of expected_of().
std::uint64_t id_of(const std::string& line) {
  std::istringstream words(line);
  std::string operation, lsn;
  std::uint64_t ordinal = 0, id = 0;
  words >> operation >> lsn >> ordinal >> id;
  return id;
}

class Scene {
 public:
  Scene(const Script& script, OnError on_error) : source(script, 64 * 1024), until(script.end()) {
    source.begin_branch(kSink);
    source.on_error = on_error;
    source.shaping = make_shaping("", "id, 10 / (id % 3) AS part");
    letters = DeadLetters::open(source.state(), kSink).value();
    source.letters = letters.get();
    for (const std::string& line : expected_of(script)) ++(id_of(line) % 3 == 0 ? fail : pass);
  }
  std::unique_ptr<branch::Branch> make(Fault fault) {
    return source.make_branch(kSink, "public.*", std::make_unique<RecordingSink>(side, fault),
                              until);
  }

  BranchSource source;
  Lsn until;
  std::size_t fail = 0, pass = 0;
  std::unique_ptr<DeadLetters> letters;
  std::shared_ptr<RecordedSide> side = std::make_shared<RecordedSide>();
};

bool wait_for(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000 && !condition(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return condition();
}

std::size_t counted(const branch::Branch& branch) {
  const auto errors = branch.status().route_errors;
  const auto found = errors.find("routes[0]");
  return found == errors.end() ? 0 : found->second;
}

}  // namespace

TEST_CASE("route errors: a batch that is built again counts its failed rows once", "[branch]") {
  const Script script = script_of(12);
  for (const OnError on_error : {OnError::Skip, OnError::Divert}) {
    for (const bool takes_effect : {false, true}) {
      bool over = false;
      for (std::size_t call = 0; !over; ++call) {
        INFO("call " << call << (takes_effect ? ", answer lost" : ", request lost")
                     << (on_error == OnError::Skip ? ", skip" : ", divert"));
        Scene scene(script, on_error);
        const auto branch = scene.make(Fault{call, ErrorKind::Transient, takes_effect});
        branch->run();
        REQUIRE(branch->status().state == State::Stopped);
        REQUIRE(scene.fail > 3);
        REQUIRE(scene.side->rows().size() == scene.pass);
        REQUIRE(counted(*branch) == scene.fail);
        over = branch->status().last_error.empty() && call > 12;
      }
    }
  }
}

TEST_CASE("route errors: a batch that was in doubt counts its failed rows once", "[branch]") {
  const Script script = script_of(12);
  for (const bool is_lost : {false, true}) {
    for (const bool takes_effect : {false, true}) {
      bool over = false;
      for (std::size_t call = 0; !over; ++call) {
        INFO("call " << call << (takes_effect ? ", answer lost" : ", request lost")
                     << (is_lost ? ", what was prepared is lost" : ""));
        Scene scene(script, OnError::Divert);
        const auto branch = scene.make(Fault{call, ErrorKind::Invalid, takes_effect});
        branch->start();
        REQUIRE(wait_for([&] { return branch->finished(); }));
        over = branch->status().state == State::Stopped;
        if (is_lost) scene.side->prepared.clear();
        branch->resume();
        REQUIRE(wait_for([&] { return branch->status().state == State::Stopped; }));
        branch->join();
        REQUIRE(scene.side->rows().size() == scene.pass);
        REQUIRE(counted(*branch) == scene.fail);
      }
    }
  }
}

TEST_CASE("route errors: a row that stops its sink is not done with, and not counted", "[branch]") {
  Scene scene(script_of(12), OnError::Stop);
  const auto branch = scene.make(Fault{});
  branch->run();
  REQUIRE(branch->status().state == State::Failed);
  CHECK(branch->status().last_error.find("22012") != std::string::npos);
  CHECK(counted(*branch) == 0);
}

TEST_CASE("route errors: rows that all fail are counted without a batch", "[branch]") {
  const Script script = script_of(5);
  Scene scene(script, OnError::Skip);
  scene.source.shaping = make_shaping("", "id, 1 / (id - id) AS part");
  const auto branch = scene.make(Fault{});
  branch->run();
  REQUIRE(branch->status().state == State::Stopped);
  CHECK(branch->status().batches == 0);
  CHECK(counted(*branch) == expected_of(script).size());
}
