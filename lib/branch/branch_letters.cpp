#include "lib/base/diag.h"
#include "lib/base/ensure.h"
#include "lib/branch/branch.h"

// What a branch does about rows that do not get through.

namespace slotcast::branch {

void Branch::redrive() {
  redrive_.ask();
  parts_.tail->nudge();
}

// By the sink's on_error: an error to end the session with, or the row is done with.
Status Branch::leave_out(const RowFailure& failure) {
  const std::string& route = failure.way->route->name;
  ++route_errors_[route];
  if (letter_ != nullptr) return keep_again(failure.sqlstate, failure.message);
  if (options_.on_error == OnError::Skip) return {};
  if (options_.on_error == OnError::Stop) {
    return rejected(route + ": " + describe(*failure.change) + ": " + failure.message +
                    " (SQLSTATE " + failure.sqlstate + "); on_error: skip or divert goes on");
  }
  begin_batch(failure.change->commit_time);
  Letter letter;
  letter.change = failure.change;
  letter.route = route;
  letter.target = failure.way->target();
  letter.sqlstate = failure.sqlstate;
  letter.error = failure.message;
  letter.at = parts_.clock->wall();
  return keep(letter);
}

// A batch cannot give a row back. The sink's judge knows of this one now, and when the batch is
// built again the row goes by on_error; if it does not, the error stands.
Error Branch::refused(const Error& error, std::string& before) {
  if (error.kind != ErrorKind::Rejected || error.what == before) return error;
  before = error.what;
  return transient("each row of the batch is looked at: " + error.what);
}

Status Branch::keep_again(const std::string& sqlstate, const std::string& error) {
  Letter again = *letter_;
  again.sqlstate = sqlstate;
  again.error = error;
  redriven_.keep(sqlstate, error);
  return keep(again);
}

Status Branch::keep(Letter letter) {
  ENSURE(parts_.letters != nullptr);
  letter.batch = batches_ + 1;
  ++batch_.letters;
  return parts_.letters->add(letter);
}

// All letters as one batch, which moves nothing in the log: its first record is the next one.
Status Branch::send_letters() {
  redriven_ = {};
  bool has_any = false;
  if (parts_.letters != nullptr) {
    TRY_ASSIGN(has_any, parts_.letters->begin_redrive(batches_ + 1));
  }
  if (has_any && !std::exchange(has_asked_anew_, true)) rows_.ask_anew();
  if (has_any) sink_->begin_letters();
  while (has_any) {
    TRY_ASSIGN(const auto letter, parts_.letters->next());
    if (!letter) break;
    const Status sent = send(*letter);
    if (sent.ok()) continue;
    const Error refusal = refused(sent.error(), refused_letter_);
    if (refusal.kind != ErrorKind::Rejected) return refusal;
    // The sink cannot be asked to forget one row of a batch, nor may a letter stop the stream.
    const Error undone =
        sent.error().prefixed("the dead letter of " + to_string(letter->change->id.commit_lsn) +
                              ", change " + std::to_string(letter->change->id.ordinal));
    answer_redrive(undone);
    return transient("all dead letters are kept: " + undone.what);
  }
  // What the judge refused before is forgotten with the batch that does not come: no rows behind
  // the checkpoint may be among it.
  if (has_any && batch_.rows == 0) TRY(sink_->abort());
  if (has_any && !is_open()) TRY(note_position(true));
  if (is_open()) {
    batch_.first = feed_->position().next;
    TRY(finish_batch());
  }
  if (has_any) {
    TRY(parts_.letters->end_redrive());
    diag::info("sink " + options_.sink, "dead letters are sent again",
               {{"sent", std::to_string(redriven_.sent)},
                {"kept", std::to_string(redriven_.kept)},
                {"kept_because", reasons_of(redriven_)},
                {"left_out", std::to_string(redriven_.left_out)}});
  }
  answer_redrive(redriven_);
  return {};
}

void Branch::answer_redrive(Result<Redriven> answer) {
  refused_letter_.clear();
  has_asked_anew_ = false;
  redrive_.answer_with(std::move(answer));
}

// Where it was to go, and nowhere else: other routes of its table have delivered the row.
Status Branch::send(const Letter& letter) {
  begin_batch(feed_->position().time);
  const std::uint64_t kept = redriven_.kept;
  letter_ = &letter;
  auto rows = rows_.make_for(*letter.change, letter.target);
  Status sent = rows.status();
  if (!rows.ok() && rows.error().kind == ErrorKind::Invalid) {
    sent = keep_again({}, rows.error().what);
  } else if (rows.ok() && !rows.value()) {
    sent = keep_again({}, "no route leads from table " + letter.change->relation->full_name() +
                              " to this target any more");
  }
  letter_ = nullptr;
  if (!sent.ok() || redriven_.kept > kept) return sent;
  if (rows.value()->empty()) {
    ++redriven_.left_out;
    return {};
  }
  ++redriven_.sent;
  return write(*rows.value());
}

// A row that failed is counted once it is done with: the attempts before may have failed for it
// too.
void Branch::count_route_errors() {
  const std::lock_guard lock(mutex_);
  for (const auto& [route, errors] : route_errors_) status_.route_errors[route] += errors;
  route_errors_.clear();
}

// Behind the sink's word on the batch in doubt: the letters go by what the journal counts.
Status Branch::settle_letters() {
  if (parts_.letters == nullptr) return {};
  return parts_.letters->settle(parts_.journal->state(options_.sink)->batches);
}

}  // namespace slotcast::branch
