#include "daemon/admin/snapshot.h"

namespace slotcast::admin {

bool is_ready(const Snapshot& snapshot, std::string& reason) {
  const capture::State state = snapshot.capture.state;
  if (state != capture::State::Streaming && state != capture::State::ReadingFiles) {
    reason = std::string("capture is ") + capture::name_of(snapshot.capture.state);
    if (!snapshot.capture.last_error.empty()) reason += ": " + snapshot.capture.last_error;
    return false;
  }
  if (!snapshot.losses.empty()) {
    reason = snapshot.losses.front();
    return false;
  }
  for (const branch::BranchStatus& sink : snapshot.sinks) {
    if (sink.state == branch::State::Detached) {
      reason = "sink " + sink.sink + " is detached: it misses changes until it is resynced";
    } else if (sink.state == branch::State::Failed) {
      reason = "sink " + sink.sink + " has failed: " + sink.last_error;
    } else {
      continue;
    }
    return false;
  }
  reason.clear();
  return true;
}

}  // namespace slotcast::admin
