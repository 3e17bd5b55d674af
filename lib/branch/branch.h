#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "lib/base/backoff.h"
#include "lib/branch/dead_letters.h"
#include "lib/branch/feed.h"
#include "lib/branch/redrive.h"
#include "lib/branch/row_maker.h"
#include "lib/branch/status.h"
#include "lib/change/batch_limits.h"
#include "lib/change/on_error.h"
#include "lib/journal/journal.h"
#include "lib/log/tail.h"
#include "lib/sink/sink.h"

// One sink, its routes, its cursor, its thread: from the log to the far side, each row once.
//
//     Feed ─▶ routes ─▶ sink.write ─▶ prepare ─▶ journal: intent ─▶ commit ─▶ journal: checkpoint
//
// The branch is the coordinator of two-phase commit; it retries, counts and keeps the journal, the
// sink does none of it. A branch that fails, hangs or lags costs the others nothing.

namespace slotcast::branch {

struct Options {
  std::string sink;       // its name: the journal's key
  std::string connector;  // for people
  BatchLimits limits;
  std::uint64_t generation = 0;  // of the configuration that shapes its batches
  Lsn until;                     // as finish_at(); 0: run on
  Backoff::Options backoff;
  OnError on_error = OnError::Stop;
  // Asked before the sink is opened; a Transient error makes the branch wait. None: it may.
  std::function<Status()> may_deliver;
};

// Threads:    start() and join() from the owner, status() and what tells it something from any; all
//             else in its own thread.
// Durability: the journal's. After a crash the next start settles what was in doubt.
// Errors:     Transient ones are retried with backoff for ever; all others stop the branch, which
//             then shows its error in status() until resume() or the end of the process.
class Branch {
 public:
  struct Parts {
    log::Tail* tail = nullptr;  // of what the feed reads
    journal::Journal* journal = nullptr;
    Clock* clock = nullptr;
    Random* random = nullptr;        // of this branch alone
    DeadLetters* letters = nullptr;  // of this branch alone; null: it can keep none
  };

  // The journal must hold a state for this branch: where it begins.
  Branch(Parts parts, Options options, std::unique_ptr<Feed> feed, route::Router router,
         std::unique_ptr<sink::Sink> sink);
  ~Branch();

  void start();
  // Asks the branch to finish the batch in hand and end. Returns at once.
  void stop();
  // The branch ends by itself once everything before `until` is delivered.
  void finish_at(Lsn until);
  // The same once all records through `last` are.
  void finish_behind(Sequence last);
  // The branch finishes its batch and stands, paused or detached, until resume(). Returns at once.
  // The journal is the caller's to tell: after a restart the branch does what that says.
  void halt(journal::Mode why);
  // Goes on from where the journal says; also after an error that had stopped the branch.
  void resume();
  // The branch goes no further than the first place at or behind `place` until hold_at({}). Then
  // held_at() says where it stands with all of that delivered; 0 while it is on its way.
  void hold_at(Lsn place);
  Lsn held_at() const { return {held_at_}; }
  // At the end of the next batch all dead letters are sent again, as one batch. Returns at once;
  // what came of it is in redriven() then. An error that passes does not end the wish, which is
  // gone with the process.
  void redrive();
  std::optional<Result<Redriven>> redriven() const { return redrive_.answer(); }
  // It delivers nothing: halted, failed, or ended (after stop(), or because `until` was reached).
  bool finished() const { return finished_; }
  // Everything up to where it was to finish is delivered, and the branch has ended because of that.
  bool reached_until() const { return reached_until_; }
  void join();
  BranchStatus status() const;

  // The same work on the calling thread, until stop(), `until`, or it would stand; for tests.
  void run();

 private:
  struct Batch {
    std::uint64_t rows = 0;
    std::uint64_t letters = 0;
    std::uint64_t bytes = 0;
    Sequence first;
    SteadyTime opened_at{};
    bool is_behind = true;  // the branch has not seen the log's end since
  };

  // Why a row did not get through.
  Status session();
  bool go_on_after(const Status& ended);
  void wait_after(const Error& error);
  bool stand(State state);
  void close_sink();
  Status hold();
  bool is_behind(Lsn place) const;
  bool is_at_end() const;
  Status settle();
  Result<bool> settle_intent();
  Status settle_letters();
  Status deliver();
  Sequence readable();
  Status take(const Slice& slice);
  Status write(sink::Rows rows);
  Status leave_out(const RowFailure& failure);
  static Error refused(const Error& error, std::string& before);
  void count_route_errors();
  Status keep(Letter letter);
  Status send_letters();
  void answer_redrive(Result<Redriven> answer);
  Status send(const Letter& letter);
  Status keep_again(const std::string& sqlstate, const std::string& error);
  bool is_open() const { return batch_.rows + batch_.letters > 0; }
  void begin_batch(PgTime oldest);
  Status finish_batch();
  Status commit(const journal::Intent& intent, const Batch& batch);
  Status wait_durable(Sequence record);
  Status idle(Sequence written);
  Status note_position(bool wait);
  bool batch_is_due() const;
  Duration time_to_due() const;
  void pause(Duration duration);
  void note_error(const Error& error, State state);
  void note_figures();
  void note_state(State state);
  void note_progress();

  const Parts parts_;
  const Options options_;
  std::unique_ptr<sink::Sink> sink_;
  std::thread thread_;
  bool has_thread_ = false;  // run() is not somebody else's call
  std::atomic<bool> stopping_{false};
  std::atomic<bool> finished_{false};
  std::atomic<bool> ended_{false};  // the thread does nothing more
  std::atomic<bool> reached_until_{false};
  std::atomic<bool> halted_{false};
  std::atomic<State> halt_state_{State::Paused};
  std::atomic<std::uint64_t> hold_at_{0};  // an Lsn; 0: nowhere
  std::atomic<std::uint64_t> held_at_{0};  // an Lsn
  std::atomic<std::uint64_t> until_{0};    // an Lsn
  std::atomic<std::uint64_t> last_record_{UINT64_MAX};
  std::atomic<std::uint64_t> open_rows_{0};
  RedriveOrder redrive_;

  // The branch's thread only.
  const std::unique_ptr<Feed> feed_;
  Backoff backoff_;
  Batch batch_;
  std::uint64_t batches_ = 0;  // committed, over all processes
  journal::Checkpoint noted_;  // as the journal has it, durable or not
  bool noted_durably_ = true;
  SteadyTime noted_at_{};
  SteadyTime figured_at_{};
  std::string refused_;          // by the sink: why, of a row of this batch when it was written
  std::string refused_letter_;   // and of one of the redrive in hand
  bool has_asked_anew_ = false;  // the sink's judge, for the redrive in hand
  bool is_over_ = false;         // the last session ended because nothing more is wanted
  Sequence forced_end_;          // a batch that is built again must end where its intent says
  RowMaker rows_;
  // Since the position that the journal has, by the route's name.
  std::map<std::string, std::uint64_t> route_errors_;
  const Letter* letter_ = nullptr;  // being sent again
  Redriven redriven_;               // by the redrive in hand

  mutable std::mutex mutex_;
  std::condition_variable told_;  // stop(), resume() or hold_at() was called
  BranchStatus status_;           // guarded by mutex_
  PgTime oldest_time_;  // guarded by mutex_; of the first transaction not delivered; 0 when none
};

}  // namespace slotcast::branch
