#include "daemon/admin/snapshot.h"

#include <catch2/catch.hpp>

#include "tests/support/snapshots.h"

using namespace slotcast;

TEST_CASE("ready: only a streaming capture is, and the reason names the state", "[admin]") {
  using capture::State;
  for (const State state :
       {State::Starting, State::Connecting, State::Streaming, State::PausedLogFull,
        State::PausedDiskFull, State::Stopped, State::Failed}) {
    admin::Snapshot snapshot = test::healthy_snapshot();
    snapshot.capture.state = state;
    snapshot.capture.last_error = "the cable is out";
    std::string reason = "left over";
    const bool ready = admin::is_ready(snapshot, reason);
    CAPTURE(capture::name_of(state), reason);
    CHECK(ready == (state == State::Streaming));
    CHECK(reason.empty() == ready);
    CHECK((ready || reason.find(capture::name_of(state)) != std::string::npos));
    CHECK((ready || reason.find("the cable is out") != std::string::npos));
  }
}

TEST_CASE("ready: one failed sink among others says no and names it; a retry does not", "[admin]") {
  using branch::State;
  for (const State state :
       {State::Starting, State::Running, State::Retrying, State::Stopped, State::Failed}) {
    for (const std::size_t which : {0u, 1u}) {
      admin::Snapshot snapshot = test::healthy_snapshot();
      snapshot.sinks[which].state = state;
      snapshot.sinks[which].last_error = "access denied";
      std::string reason;
      CHECK(admin::is_ready(snapshot, reason) == (state != State::Failed));
      if (state != State::Failed) continue;
      CHECK(reason.find(snapshot.sinks[which].sink) != std::string::npos);
      CHECK(reason.find("access denied") != std::string::npos);
    }
  }
}
