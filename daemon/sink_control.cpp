#include "daemon/sink_control.h"

#include <algorithm>
#include <thread>

#include "lib/base/diag.h"
#include "lib/branch/place.h"
#include "lib/route/pattern.h"

namespace slotcast {
namespace {

using journal::Mode;

constexpr Duration kTick = std::chrono::milliseconds(5);
// For a batch in hand to be finished at the far side.
constexpr Duration kStandPatience = std::chrono::seconds(30);
constexpr Duration kDetachPatience = std::chrono::seconds(5);

std::string known_sinks(const journal::States& states) {
  std::string names;
  for (const auto& [name, state] : states) names += (names.empty() ? "" : ", ") + name;
  return names.empty() ? "there are none yet" : names;
}

std::string place_text(const journal::Checkpoint& checkpoint) {
  std::string text = to_string(checkpoint.lsn);
  if (checkpoint.time.microseconds != 0) text += " (" + to_iso8601(checkpoint.time) + ")";
  return text;
}

}  // namespace

// Who waited would do later what its operator may not want any more.
Result<std::unique_lock<std::mutex>> SinkControl::take_turn() {
  std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) {
    return transient("another order is being carried out; try again when it is done");
  }
  if (stopping_) return transient("the daemon is stopping");
  return lock;
}

Status SinkControl::needs_log(const std::string& verb) const {
  if (parts_.log != nullptr) return {};
  return invalid("this pipeline reads files, where there is no " + verb +
                 ": a sink of another name gets all their rows from the first one on");
}

Result<SinkControl::Known> SinkControl::find(const std::string& sink) const {
  const auto state = parts_.journal->state(sink);
  if (!state) {
    return invalid("this pipeline has no sink " + sink +
                   "; its sinks: " + known_sinks(parts_.journal->states()));
  }
  Known known;
  known.state = *state;
  known.is_configured =
      std::any_of(parts_.config->sinks.begin(), parts_.config->sinks.end(),
                  [&](const config::Sink& configured) { return configured.name == sink; });
  for (branch::Branch* branch : parts_.branches) {
    if (branch->status().sink == sink) known.branch = branch;
  }
  return known;
}

Result<SinkControl::Known> SinkControl::find_configured(const std::string& sink) const {
  TRY_ASSIGN(Known known, find(sink));
  if (known.is_configured) return known;
  return invalid("sink " + sink + " is not configured any more; all it can be told is forget");
}

bool SinkControl::wait_for(const std::function<bool()>& condition, Duration patience) const {
  const SteadyTime end = parts_.clock->now() + patience;
  while (!condition()) {
    if (stopping_ || parts_.clock->now() >= end) return false;
    std::this_thread::sleep_for(kTick);
  }
  return true;
}

Result<std::string> SinkControl::pause(const std::string& sink) {
  TRY_ASSIGN(const auto lock, take_turn());
  TRY_ASSIGN(const Known known, find_configured(sink));
  if (known.state.mode == Mode::Detached) {
    return invalid("sink " + sink + " is detached; resync brings it back");
  }
  const std::string claim = parts_.log == nullptr ? "" : "; it keeps its claim on the log";
  TRY(parts_.journal->note_mode(sink, Mode::Paused));
  diag::info("sink " + sink, "paused by the operator");
  if (known.branch != nullptr) {
    known.branch->halt(Mode::Paused);
    if (!wait_for([&] { return known.branch->finished(); }, kStandPatience)) {
      return "sink " + sink + " will pause as soon as its far side answers" + claim;
    }
  }
  const auto state = parts_.journal->state(sink);
  return "sink " + sink + " is paused at " + place_text(state->checkpoint) + claim +
         (claim.empty() ? "" : " until it is resumed");
}

Result<std::string> SinkControl::resume(const std::string& sink) {
  TRY_ASSIGN(const auto lock, take_turn());
  TRY_ASSIGN(const Known known, find_configured(sink));
  if (known.state.mode == Mode::Detached) {
    return invalid(
        "sink " + sink +
        " is detached: what it missed is not in the log any more; resync brings it back");
  }
  TRY(parts_.journal->note_mode(sink, Mode::Running));
  diag::info("sink " + sink, "resumed by the operator");
  if (known.branch != nullptr) known.branch->resume();
  return "sink " + sink + " goes on from " + place_text(known.state.checkpoint);
}

// Its state once nothing of it is under way. The branch stays halted.
Result<journal::BranchState> SinkControl::stand(const Known& known, const std::string& sink,
                                                Mode why) {
  // One that stands already keeps its reason.
  if (known.branch != nullptr && !known.branch->finished()) {
    known.branch->halt(why);
    if (!wait_for([&] { return known.branch->finished(); }, kStandPatience)) {
      return transient("sink " + sink +
                       " did not finish its batch within 30 s; its far side does not answer");
    }
  }
  // Behind what the branch noted without waiting.
  TRY(parts_.journal->note_mode(sink, known.state.mode));
  return *parts_.journal->state(sink);
}

Result<journal::Checkpoint> SinkControl::place_of(const std::string& sink,
                                                  const journal::BranchState& state,
                                                  const std::string& to) const {
  const branch::Moment moment{parse_lsn(to), parse_iso8601(to)};
  if (!moment.lsn && !moment.time) {
    return invalid(to +
                   " is neither an LSN such as 16/B374D848 nor a time with its zone such as "
                   "2026-11-21T18:00:00Z");
  }
  const Lsn end = parts_.log->tail().written().lsn;
  const bool is_ahead = moment.lsn ? *moment.lsn > end
                                   : unix_microseconds(*moment.time) >
                                         parts_.clock->wall().time_since_epoch().count();
  if (is_ahead) return invalid(to + " lies ahead: the log ends at " + to_string(end));
  TRY_ASSIGN(const journal::Checkpoint place,
             branch::find_place(*parts_.log, parts_.log->tail(), moment));
  if (place.next > state.checkpoint.next) {
    return invalid("sink " + sink + " stands at " + place_text(state.checkpoint) + ", before " +
                   to + ": it would miss what lies between");
  }
  const Lsn read_until = parts_.chunker->read_until(sink);
  if (place.lsn < read_until) {
    return invalid("sink " + sink + " was given rows of its tables up to " + to_string(read_until) +
                   ", and the log does not have those rows; rewind to there or later, or resync");
  }
  return place;
}

Result<std::string> SinkControl::rewind(const std::string& sink, const std::string& to) {
  TRY(needs_log("rewind"));
  TRY_ASSIGN(const auto lock, take_turn());
  TRY_ASSIGN(const Known known, find_configured(sink));
  if (known.state.mode == Mode::Detached) {
    return invalid("sink " + sink + " is detached; resync brings it back");
  }
  const bool was_standing = known.branch != nullptr && known.branch->finished();
  auto state = stand(known, sink, Mode::Paused);
  Status done = state.status();
  journal::Checkpoint place;
  if (done.ok() && state.value().intent) {
    done = transient("sink " + sink +
                     " has a batch of which only its far side knows whether it is there: let the "
                     "sink run until it has asked (start the daemon, resume it), then rewind it");
  }
  if (done.ok()) {
    const auto kept = parts_.log->keep_all();
    auto found = place_of(sink, state.value(), to);
    done = found.status();
    if (done.ok()) {
      place = found.value();
      done = parts_.journal->note_checkpoint(sink, place, true);
    }
  }
  const bool goes_on = !was_standing || done.ok();
  if (known.branch != nullptr && known.state.mode == Mode::Running && goes_on) {
    known.branch->resume();
  }
  if (!done.ok()) return done.error();
  diag::warning("sink " + sink, "set back by the operator",
                {{"from", place_text(state.value().checkpoint)}, {"to", place_text(place)}});
  return "sink " + sink + " was at " + place_text(state.value().checkpoint) +
         " and gets again what committed behind " + place_text(place);
}

Status SinkControl::check_table(const std::string& sink, const std::string& table) const {
  if (table.empty()) return {};
  TRY_ASSIGN(const auto pattern, route::TablePattern::parse(table));
  if (!pattern.is_exact()) return {};
  pg::SourceTable wanted;
  wanted.schema = pattern.schema();
  wanted.table = pattern.table();
  if (parts_.routes->leads(wanted, sink)) return {};
  return invalid("no route leads from table " + table + " to sink " + sink);
}

// In this order, which a crash may end anywhere: until it runs again it is still detached.
Status SinkControl::attach(const Known& known, const std::string& sink, snapshot::Request request) {
  TRY(stand(known, sink, Mode::Detached).status());
  TRY(parts_.chunker->forget(sink));
  TRY(parts_.chunker->request(std::move(request)));
  const auto kept = parts_.log->keep_all();
  const log::Mark end = parts_.log->tail().durable();
  TRY(parts_.journal->note_checkpoint(sink, {end.record + 1, end.lsn, {}}, true));
  TRY(parts_.journal->note_mode(sink, Mode::Running));
  if (known.branch != nullptr) known.branch->resume();
  return {};
}

// A detached sink comes back at the end of the log, and its tables are read anew from there.
Result<std::string> SinkControl::resync(const std::string& sink, const std::string& table) {
  TRY(needs_log("resync"));
  TRY_ASSIGN(const auto lock, take_turn());
  TRY_ASSIGN(const Known known, find_configured(sink));
  TRY(check_table(sink, table));
  const bool is_detached = known.state.mode == Mode::Detached;
  if (is_detached && !table.empty()) {
    return invalid("sink " + sink +
                   " is detached: changes of all its tables are missing, so all "
                   "have to be read anew");
  }
  snapshot::Request request;
  request.sinks = {sink};
  request.is_resync = true;
  if (!table.empty()) request.only = {table};
  if (is_detached) {
    TRY(attach(known, sink, std::move(request)));
  } else {
    TRY(parts_.chunker->request(std::move(request)));
  }
  diag::info("sink " + sink, "is resynced", {{"table", table.empty() ? "all" : table}});
  const bool is_paused = known.state.mode == Mode::Paused;
  return "sink " + sink + " gets the rows of " + (table.empty() ? "all its tables" : table) +
         " anew" + (is_paused ? ", once it is resumed" : "") + "; slotcast status shows how far";
}

Result<std::string> SinkControl::redrive(const std::string& sink) {
  TRY_ASSIGN(const auto lock, take_turn());
  TRY_ASSIGN(const Known known, find_configured(sink));
  branch::Branch* branch = known.branch;
  if (branch == nullptr) {
    return invalid("the daemon does not run: start it, then have the dead letters of sink " + sink +
                   " sent again");
  }
  if (known.state.mode != Mode::Running || branch->finished()) {
    return invalid("sink " + sink + " is " + branch::name_of(branch->status().state) +
                   ": its dead letters can be sent again once it runs");
  }
  branch->redrive();
  const auto is_done = [&] { return branch->redriven() || branch->finished(); };
  if (!wait_for(is_done, kStandPatience)) {
    return "the dead letters of sink " + sink +
           " are sent as soon as its far side answers; slotcast status shows how many are left";
  }
  const auto done = branch->redriven();
  if (!done) return transient("sink " + sink + " stopped before it had sent its dead letters");
  if (!done->ok()) return done->error();
  return "sink " + sink + " " + branch::describe(done->value());
}

// What is in the journal of it may stay in doubt: a resync replaces what the sink has.
Status SinkControl::detach(const std::string& sink) {
  TRY_ASSIGN(const auto lock, take_turn());
  TRY_ASSIGN(const Known known, find(sink));
  if (known.state.mode == Mode::Detached) return {};
  if (known.branch != nullptr) {
    known.branch->halt(Mode::Detached);
    wait_for([&] { return known.branch->finished(); }, kDetachPatience);
  }
  // In this order: who still claims the log must find what was to be read for it.
  TRY(parts_.journal->note_mode(sink, Mode::Detached));
  TRY(parts_.chunker->forget(sink));
  diag::error(
      "sink " + sink, "detached: the log has no room for what it has not taken",
      {{"at", place_text(known.state.checkpoint)}, {"command", "slotcast sink resync " + sink}});
  return {};
}

Result<std::string> SinkControl::forget(const std::string& sink) {
  TRY_ASSIGN(const auto lock, take_turn());
  TRY_ASSIGN(const Known known, find(sink));
  if (known.is_configured) {
    return invalid("sink " + sink +
                   " is configured: take it out of the file and restart, then forget it");
  }
  if (parts_.chunker != nullptr) TRY(parts_.chunker->forget(sink));
  TRY(branch::DeadLetters::forget(*parts_.state, sink));
  TRY(parts_.journal->forget(sink));
  diag::info("sink " + sink, "forgotten; it claims nothing any more");
  return "sink " + sink + " is forgotten; it stood at " + place_text(known.state.checkpoint);
}

std::string SinkControl::who_cannot_be_held() const {
  for (const branch::Branch* branch : parts_.branches) {
    const branch::BranchStatus status = branch->status();
    if (!branch->finished()) continue;
    return "sink " + status.sink + " is " + branch::name_of(status.state) +
           ": resume it, or take it out of the configuration";
  }
  return {};
}

// A branch may have passed a place before it was told: then all go on to where that one stands.
Result<Lsn> SinkControl::hold_all(Duration patience) {
  Lsn place = parts_.log->tail().written().lsn;
  std::string obstacle;
  const auto stand_together = [&] {
    obstacle = who_cannot_be_held();
    if (!obstacle.empty()) return true;
    for (branch::Branch* branch : parts_.branches) branch->hold_at(place);
    bool all = true;
    Lsn furthest = place;
    for (const branch::Branch* branch : parts_.branches) {
      const Lsn at = branch->held_at();
      all &= at == place;
      furthest = std::max(furthest, at);
    }
    place = furthest;
    return all;
  };
  if (wait_for(stand_together, patience)) {
    if (obstacle.empty()) return place;
    return invalid(obstacle);
  }
  std::string late;
  for (const branch::Branch* branch : parts_.branches) {
    if (branch->held_at() != place) late += (late.empty() ? "" : ", ") + branch->status().sink;
  }
  return transient("not all sinks came to stand at " + to_string(place) +
                   " in time; still on the way: " + late + ". They go on");
}

Result<std::string> SinkControl::cut(bool pause, Duration patience) {
  TRY(needs_log("cut"));
  TRY_ASSIGN(const auto lock, take_turn());
  if (parts_.branches.empty()) return invalid("the daemon does not run: nothing is on its way");
  const auto place = hold_all(patience);
  Status done = place.status();
  for (branch::Branch* branch : parts_.branches) {
    if (!done.ok() || !pause) continue;
    done = parts_.journal->note_mode(branch->status().sink, Mode::Paused);
    branch->halt(Mode::Paused);
  }
  for (branch::Branch* branch : parts_.branches) branch->hold_at({});
  if (!done.ok()) return done.error();
  diag::info("sinks", pause ? "all are paused at one place" : "all stood at one place",
             {{"lsn", to_string(place.value())}});
  return to_string(place.value());
}

}  // namespace slotcast
