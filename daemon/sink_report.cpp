#include "daemon/sink_report.h"

#include <algorithm>

namespace slotcast {
namespace {

std::uint64_t held_bytes(const log::Log* log, Sequence from) {
  std::uint64_t bytes = 0;
  if (log == nullptr) return bytes;
  for (const log::Segment& segment : log->segments().all()) {
    if (!segment.sealed || segment.next_record > from) bytes += segment.size_bytes;
  }
  return bytes;
}

}  // namespace

void report_sinks(admin::Snapshot& snapshot, const journal::Journal& journal, const log::Log* log,
                  const log::Tail& tail, const Branches::List& branches,
                  const std::function<bool(const std::string& sink)>& is_configured) {
  const journal::States states = journal.states();
  for (const auto& branch : branches) snapshot.sinks.push_back(branch->status());
  const Lsn end = tail.written().lsn;
  for (const auto& [name, state] : states) {
    const auto known = std::find_if(snapshot.sinks.begin(), snapshot.sinks.end(),
                                    [&, &sink = name](const auto& s) { return s.sink == sink; });
    branch::BranchStatus status;
    if (known != snapshot.sinks.end()) status = *known;
    status.held_bytes =
        state.mode == journal::Mode::Detached ? 0 : held_bytes(log, state.checkpoint.next);
    if (known != snapshot.sinks.end()) {
      *known = status;
      continue;
    }
    status.sink = name;
    status.delivered = state.checkpoint.lsn;
    status.lag_bytes = end > status.delivered ? end.value - status.delivered.value : 0;
    status.state = state.mode == journal::Mode::Running  ? branch::State::Stopped
                   : state.mode == journal::Mode::Paused ? branch::State::Paused
                                                         : branch::State::Detached;
    (is_configured(name) ? snapshot.sinks : snapshot.removed_sinks).push_back(status);
  }
}

std::vector<std::string> sink_warnings(const admin::Snapshot& snapshot) {
  std::vector<std::string> warnings;
  const char* const keeps = snapshot.files ? ": " : " and keeps its part of the log: ";
  for (const branch::BranchStatus& sink : snapshot.sinks) {
    if (sink.state == branch::State::Detached) {
      warnings.push_back("sink " + sink.sink +
                         " is detached: the log had no room for what it had not taken. slotcast "
                         "sink resync " +
                         sink.sink + " reads its tables anew");
    }
    if (sink.state == branch::State::Paused) {
      warnings.push_back("sink " + sink.sink + " is paused" + keeps + "slotcast sink resume " +
                         sink.sink);
    }
    if (sink.state == branch::State::Failed) {
      warnings.push_back("sink " + sink.sink + " has stopped with an error" + keeps +
                         "when its cause is gone, slotcast sink resume " + sink.sink + " goes on");
    }
    if (sink.dead_letters > 0) {
      warnings.push_back("sink " + sink.sink + " did not get " + std::to_string(sink.dead_letters) +
                         " rows, which are in dead_letters/" + sink.sink +
                         ".jsonl of the state directory: slotcast sink redrive " + sink.sink +
                         " sends them again");
    }
  }
  for (const branch::BranchStatus& sink : snapshot.removed_sinks) {
    warnings.push_back("sink " + sink.sink + " is not configured any more" + keeps +
                       "slotcast sink forget " + sink.sink);
  }
  return warnings;
}

}  // namespace slotcast
