#include "lib/branch/branch.h"

#include <algorithm>
#include <chrono>

#include "lib/base/diag.h"
#include "lib/base/ensure.h"
#include "lib/base/thread.h"

namespace slotcast::branch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A branch with nothing to deliver moves its durable checkpoint so often.
constexpr Duration kCheckpointInterval = seconds(1);
// After reading all there is of a hot stream: let a few blocks gather rather than wake for each.
constexpr Duration kHotPause = milliseconds(2);
constexpr Duration kWaitMax = seconds(1);

State state_of(journal::Mode mode) {
  return mode == journal::Mode::Detached ? State::Detached : State::Paused;
}

}  // namespace

const char* name_of(State state) {
  switch (state) {
    case State::Starting:
      return "starting";
    case State::Running:
      return "running";
    case State::Retrying:
      return "retrying";
    case State::Paused:
      return "paused";
    case State::Detached:
      return "detached";
    case State::Stopped:
      return "stopped";
    case State::Failed:
      return "failed";
  }
  return "unknown";
}

Branch::Branch(Parts parts, Options options, std::unique_ptr<Feed> feed, route::Router router,
               std::unique_ptr<sink::Sink> sink)
    : parts_(parts),
      options_(std::move(options)),
      sink_(std::move(sink)),
      feed_(std::move(feed)),
      backoff_(options_.backoff),
      rows_(std::move(router), *sink_,
            [this](const RowFailure& failure) { return leave_out(failure); }) {
  until_ = options_.until.value;
  status_.sink = options_.sink;
  status_.connector = options_.connector;
  const auto state = parts_.journal->state(options_.sink);
  ENSURE(state.has_value());
  status_.delivered = state->checkpoint.lsn;
  status_.delivered_time = state->checkpoint.time;
}

Branch::~Branch() {
  stop();
  join();
}

void Branch::start() {
  has_thread_ = true;
  thread_ = std::thread([this] {
    name_thread("sink:" + options_.sink);
    // Reading comes first: the server can let go only of what is in the log.
    yield_to_others();
    run();
  });
}

void Branch::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  told_.notify_all();
  parts_.tail->nudge();
}

void Branch::finish_at(Lsn until) {
  until_ = until.value;
  parts_.tail->nudge();
}

void Branch::finish_behind(Sequence last) {
  last_record_ = last.value;
  parts_.tail->nudge();
}

void Branch::join() {
  if (thread_.joinable()) thread_.join();
}

void Branch::halt(journal::Mode why) {
  {
    const std::lock_guard lock(mutex_);
    halt_state_ = state_of(why);
    if (halted_) status_.state = halt_state_;
    halted_ = true;
  }
  parts_.tail->nudge();
}

void Branch::resume() {
  {
    const std::lock_guard lock(mutex_);
    if (!halted_ || ended_ || stopping_) return;
    halted_ = false;
    finished_ = false;
  }
  told_.notify_all();
}

void Branch::hold_at(Lsn place) {
  {
    const std::lock_guard lock(mutex_);
    hold_at_ = place.value;
    if (!place) held_at_ = 0;
  }
  told_.notify_all();
  parts_.tail->nudge();
}

void Branch::run() {
  const journal::Mode mode = parts_.journal->state(options_.sink)->mode;
  if (mode != journal::Mode::Running) halt(mode);
  while (halted_ ? stand(halt_state_) : go_on_after(session())) {
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  finished_ = true;
}

// Whether there is to be another session, after a wait where one is needed.
bool Branch::go_on_after(const Status& ended) {
  feed_->let_go();
  held_at_ = 0;
  const bool is_transient = !ended.ok() && ended.error().kind == ErrorKind::Transient;
  // What a branch runs into that has lost its claim on the log says nothing.
  const bool is_detached = halted_ && halt_state_ == State::Detached;
  if (!ended.ok() && !is_transient && !is_detached) {
    note_error(ended.error(), State::Failed);
    diag::error("sink " + options_.sink, "stopped; the other sinks go on",
                {{"kind", name_of(ended.error().kind)}, {"error", ended.error().what}});
    refused_.clear();
    rows_.ask_anew();  // whoever resumes it may have seen to the rows that the sink refused
    answer_redrive(ended.error());
    halted_ = true;
    return stand(State::Failed);
  }
  if (stopping_ || (ended.ok() && is_over_)) {
    close_sink();
    reached_until_ = ended.ok() && is_at_end();
    note_state(State::Stopped);
    return false;
  }
  if (halted_ || ended.ok()) return true;
  wait_after(ended.error());
  return true;
}

void Branch::wait_after(const Error& error) {
  note_error(error, State::Retrying);
  const Duration wait = backoff_.next(*parts_.random);
  diag::warning("sink " + options_.sink, "will try again",
                {{"in_ms", std::to_string(std::chrono::duration_cast<milliseconds>(wait).count())},
                 {"error", error.what}});
  pause(wait);
}

// Until resume(); false when the branch is to end instead.
bool Branch::stand(State state) {
  close_sink();
  note_state(state);
  std::unique_lock lock(mutex_);
  told_.wait(lock, [this] {
    // Again after each call: who resumes and halts it at once finds it standing.
    finished_ = halted_ || stopping_;
    return stopping_ || !halted_ || !has_thread_;
  });
  return !stopping_ && has_thread_;
}

// From an open sink to the next error or the end.
Status Branch::session() {
  batch_ = {};
  open_rows_ = 0;
  if (options_.may_deliver) TRY(options_.may_deliver());
  TRY(sink_->open());
  rows_.ask(sink_->judge());
  TRY(settle());
  route_errors_.clear();
  TRY(sink_->abort());
  const auto state = parts_.journal->state(options_.sink);
  ENSURE(state.has_value());
  noted_ = state->checkpoint;
  noted_durably_ = true;
  batches_ = state->batches;
  TRY(feed_->start(noted_));
  note_state(State::Running);
  note_progress();
  return deliver();
}

Status Branch::settle() {
  forced_end_ = {};
  TRY_ASSIGN(const bool is_undone, settle_intent());
  TRY(settle_letters());
  // A redrive that is undone is not built again: the letters are back where they were.
  if (!is_undone) return {};
  const journal::Checkpoint after = parts_.journal->state(options_.sink)->intent->after;
  return parts_.journal->note_checkpoint(options_.sink, after, true);
}

// A batch whose intent is in the journal was prepared, and perhaps committed: the sink knows. True
// for one of letters that was not.
Result<bool> Branch::settle_intent() {
  const auto state = parts_.journal->state(options_.sink);
  if (!state->intent) return false;
  const journal::Intent& intent = *state->intent;
  sink::Recovered recovered = sink::Recovered::Done;
  if (!intent.token.empty()) {
    TRY_ASSIGN(recovered, sink_->recover(intent.token));
  }
  if (recovered == sink::Recovered::Done) {
    // Unless its end is merely not durable yet, nothing was taken since this process built it.
    if (intent.batch > batches_) count_route_errors();
    TRY(parts_.journal->note_checkpoint(options_.sink, intent.after, true));
    return false;
  }
  if (intent.first == intent.after.next) return true;
  if (intent.generation != options_.generation) {
    return invalid("batch " + std::to_string(intent.batch) +
                   " was prepared under another configuration of this sink and has to be built "
                   "again: start once with that configuration");
  }
  forced_end_ = intent.after.next;
  return false;
}

Status Branch::deliver() {
  while (true) {
    if (const auto failure = parts_.tail->failure()) return *failure;
    const Sequence written = readable();
    TRY_ASSIGN(const auto slice, feed_->next(written));
    if (slice) TRY(take(*slice));
    if (slice && !slice->ends_transaction) continue;
    is_over_ = stopping_ || is_at_end();
    const bool done = is_over_ || halted_;
    const bool held = forced_end_.value == 0 && is_behind({hold_at_});
    // Half of a batch that is being built again is no batch; the next start builds it anew.
    if (done && forced_end_.value != 0 && !batch_is_due()) return {};
    const bool redrives = redrive_.is_asked() && forced_end_.value == 0;
    if (is_open() && (done || held || redrives || batch_is_due())) TRY(finish_batch());
    if (done) return note_position(true);
    if (redrives) TRY(send_letters());
    if (held) {
      TRY(hold());
      is_over_ = stopping_;
      // Halted where it was held: nothing more may be taken.
      if (is_over_ || halted_) return {};
    } else if (!slice) {
      TRY(idle(written));
    }
  }
}

// All sinks that are held come to stand at the same place, since all see the same ones in order.
Status Branch::hold() {
  TRY(note_position(true));
  note_progress();
  held_at_ = feed_->position().lsn.value;
  std::unique_lock lock(mutex_);
  told_.wait(lock, [this] { return stopping_ || halted_ || !is_behind({hold_at_}); });
  held_at_ = 0;
  return {};
}

// A batch that is built again must not take what lies behind its end, nor wait there without rows.
Sequence Branch::readable() {
  const Sequence written = parts_.tail->written().record;
  if (forced_end_.value != 0 && !is_open() && batch_is_due()) forced_end_ = {};
  return forced_end_.value == 0 ? written : std::min(written, Sequence{forced_end_.value - 1});
}

Status Branch::take(const Slice& slice) {
  TRY_ASSIGN(const sink::Rows rows, rows_.make(slice.changes));
  if (rows.empty()) {
    if (!is_open()) note_progress();
    return {};
  }
  begin_batch(slice.commit_time);
  const Status written = write(rows);
  return written.ok() ? written : refused(written.error(), refused_);
}

Status Branch::write(sink::Rows rows) {
  TRY_ASSIGN(const std::uint64_t bytes, sink_->write(rows));
  batch_.rows += rows.size();
  batch_.bytes += bytes;
  open_rows_ = batch_.rows;
  return {};
}

void Branch::begin_batch(PgTime oldest) {
  if (is_open()) return;
  batch_.first = noted_.next;
  batch_.opened_at = parts_.clock->now();
  batch_.is_behind = true;
  const std::lock_guard lock(mutex_);
  oldest_time_ = oldest;
}

bool Branch::batch_is_due() const {
  if (forced_end_.value != 0) return feed_->position().next >= forced_end_;
  return batch_.rows + batch_.letters >= options_.limits.rows_max ||
         batch_.bytes >= options_.limits.bytes_max || time_to_due() <= Duration::zero();
}

Duration Branch::time_to_due() const {
  const BatchLimits& limits = options_.limits;
  const Duration age_max =
      batch_.is_behind ? std::max(limits.age_max, limits.age_behind_max) : limits.age_max;
  return batch_.opened_at + age_max - parts_.clock->now();
}

// Everything before `place` has been taken; false for none.
bool Branch::is_behind(Lsn place) const {
  return place && !feed_->is_in_snapshot() && feed_->position().lsn >= place;
}

// Nothing more is wanted.
bool Branch::is_at_end() const {
  return is_behind({until_}) || feed_->position().next.value > last_record_;
}

// Phase one, the decision, phase two. Of a batch of letters alone the sink knows nothing: it has no
// token.
Status Branch::finish_batch() {
  journal::Intent intent;
  if (batch_.rows > 0) {
    TRY_ASSIGN(intent.token, sink_->prepare());
    ENSURE(!intent.token.empty());
  }
  intent.batch = batches_ + 1;
  intent.generation = options_.generation;
  intent.first = batch_.first;
  intent.after = feed_->position();
  // What a power cut could still take from the log must not be visible at the sink.
  TRY(wait_durable({intent.after.next.value - 1}));
  if (batch_.letters > 0) TRY(parts_.letters->sync());
  TRY(parts_.journal->note_intent(options_.sink, intent));
  const Batch batch = std::exchange(batch_, {});
  open_rows_ = 0;
  return commit(intent, batch);
}

Status Branch::commit(const journal::Intent& intent, const Batch& batch) {
  while (!intent.token.empty()) {
    const auto committed = sink_->commit(intent.token);
    if (committed.ok() && committed.value() == sink::Recovered::Done) break;
    if (committed.ok()) {
      // The journal has its intent: the next session settles it, and builds it again.
      return transient("batch " + std::to_string(intent.batch) + " was given up at the sink");
    }
    const bool gives_up = stopping_ || halted_;
    if (committed.error().kind != ErrorKind::Transient || gives_up) return committed.error();
    wait_after(committed.error());
  }
  backoff_.reset();
  forced_end_ = {};
  batches_ = intent.batch;
  refused_.clear();
  noted_ = intent.after;
  noted_durably_ = false;
  TRY(parts_.journal->note_checkpoint(options_.sink, intent.after, false));
  {
    const std::lock_guard lock(mutex_);
    status_.state = State::Running;
    status_.rows += batch.rows;
    status_.bytes += batch.bytes;
    ++status_.batches;
  }
  count_route_errors();
  note_progress();
  note_figures();
  return {};
}

Status Branch::wait_durable(Sequence record) {
  while (!parts_.tail->wait_durable(record, kWaitMax)) {
    if (const auto failure = parts_.tail->failure()) return *failure;
  }
  return {};
}

// Nothing to read: note how far we are, then wait for more or for the batch's age.
Status Branch::idle(Sequence written) {
  if (parts_.clock->now() - figured_at_ >= kCheckpointInterval) note_figures();
  if (!is_open()) {
    note_progress();
    if (parts_.clock->now() - noted_at_ >= kCheckpointInterval) TRY(note_position(true));
  }
  batch_.is_behind = false;
  Duration wait = kWaitMax;
  if (is_open()) wait = std::clamp<Duration>(time_to_due(), Duration::zero(), kWaitMax);
  const SteadyTime before = parts_.clock->now();
  parts_.tail->wait_written(written, wait);
  // Woken at once means that the stream is running: gather a few blocks.
  if (!stopping_ && !halted_ && parts_.clock->now() - before < milliseconds(1)) {
    std::this_thread::sleep_for(std::min(wait, kHotPause));
  }
  return {};
}

Status Branch::note_position(bool wait) {
  noted_at_ = parts_.clock->now();
  const journal::Checkpoint position = feed_->position();
  if (position.next == noted_.next && noted_durably_) return {};
  TRY(parts_.journal->note_checkpoint(options_.sink, position, wait));
  noted_ = position;
  noted_durably_ = wait;
  count_route_errors();
  return {};
}

void Branch::close_sink() {
  const Status closed = sink_->close();
  note_figures();
  if (closed.ok()) return;
  diag::warning("sink " + options_.sink, "did not close well", {{"error", closed.error().what}});
}

void Branch::pause(Duration duration) {
  const SteadyTime end = parts_.clock->now() + duration;
  while (!stopping_ && !halted_ && parts_.clock->now() < end) {
    std::this_thread::sleep_for(std::min<Duration>(end - parts_.clock->now(), milliseconds(50)));
  }
}

void Branch::note_error(const Error& error, State state) {
  note_figures();
  const std::lock_guard lock(mutex_);
  status_.state = state;
  status_.last_error = error.what;
  status_.last_error_at = parts_.clock->wall();
  if (state == State::Retrying) ++status_.retries;
}

void Branch::note_figures() {
  figured_at_ = parts_.clock->now();
  auto figures = sink_->figures();
  const std::lock_guard lock(mutex_);
  status_.figures = std::move(figures);
}

void Branch::note_state(State state) {
  const std::lock_guard lock(mutex_);
  status_.state = state;
}

void Branch::note_progress() {
  const journal::Checkpoint& delivered = is_open() ? noted_ : feed_->position();
  const std::lock_guard lock(mutex_);
  status_.delivered = delivered.lsn;
  status_.delivered_time = delivered.time;
  if (!is_open()) oldest_time_ = {};
}

BranchStatus Branch::status() const {
  const log::Mark end = parts_.tail->written();
  const std::int64_t now = parts_.clock->wall().time_since_epoch().count();
  const std::lock_guard lock(mutex_);
  BranchStatus copy = status_;
  copy.open_rows = open_rows_;
  if (parts_.letters != nullptr) copy.dead_letters = parts_.letters->count();
  if (end.lsn > copy.delivered) {
    copy.lag_bytes = end.lsn.value - copy.delivered.value;
    const PgTime since = oldest_time_.microseconds != 0 ? oldest_time_ : copy.delivered_time;
    if (since.microseconds != 0) {
      copy.lag_seconds = std::max(0.0, static_cast<double>(now - unix_microseconds(since)) / 1e6);
    }
  }
  return copy;
}

}  // namespace slotcast::branch
