#include "daemon/app.h"

#include <malloc.h>

#include <chrono>
#include <mutex>
#include <thread>

#include "daemon/admin/server.h"
#include "daemon/ending.h"
#include "daemon/human.h"
#include "daemon/pipeline.h"
#include "daemon/service_notify.h"
#include "daemon/signals.h"
#include "lib/base/diag.h"

// The way of the data, for reading: capture::Receiver and Appender (lib/capture) put the slot's
// stream into the durable log (lib/log); each branch (lib/branch) takes it from there to its sink.

namespace slotcast {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kTick = milliseconds(5);
constexpr Duration kMaintenanceInterval = seconds(2);
constexpr Duration kAskInterval = seconds(1);
constexpr Duration kShowInterval = milliseconds(200);

// Why the main loop ends: the first reason counts.
class Outcome {
 public:
  void fail(const Error& error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = error;
  }
  std::optional<Error> error() const {
    const std::lock_guard lock(mutex_);
    return error_;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<Error> error_;
};

// Who looks on at a terminal sees how far the copy is.
void show_progress(const Pipeline& pipeline) {
  if (!diag::has_terminal()) return;
  const snapshot::Progress progress = pipeline.snapshot().snapshot;
  // Before the plan is made nothing is known.
  const bool is_known = progress.planned_bytes > 0;
  if (progress.state != snapshot::State::Copying || !is_known) return diag::set_footer("");
  Bar bar{"copying the tables", progress.done_bytes, progress.planned_bytes, 0,
          progress.seconds_left};
  for (const snapshot::TableProgress& table : progress.tables) bar.rows += table.rows;
  std::string line = render_bar(bar);
  line.pop_back();
  diag::set_footer(line);
}

// Until a signal, the end of all branches, or a failure.
void wait_for_end(Pipeline& pipeline, const Signals& signals, Outcome& outcome,
                  const std::optional<std::string>& until, ServiceNotify& notify) {
  SystemClock clock;
  SteadyTime tended_at{}, asked_at{}, shown_at{};
  bool is_ending = false;
  while (!signals.stop_requested() && !outcome.error()) {
    if (until && pipeline.branches_done()) return;
    // What is still being read stands in the stream at places that are not known yet.
    const bool may_ask = clock.now() - asked_at >= kAskInterval;
    if (until && !is_ending && may_ask && pipeline.is_read()) {
      asked_at = clock.now();
      const auto lsn = pipeline.until_lsn(*until);
      if (lsn.ok()) pipeline.branches().finish_at(lsn.value());
      if (!lsn.ok() && lsn.error().kind != ErrorKind::Transient) outcome.fail(lsn.error());
      is_ending = lsn.ok();
    }
    if (clock.now() - shown_at >= kShowInterval) {
      show_progress(pipeline);
      shown_at = clock.now();
    }
    if (clock.now() - tended_at >= kMaintenanceInterval) {
      pipeline.tend();
      notify.watchdog();
      tended_at = clock.now();
    }
    std::this_thread::sleep_for(kTick);
  }
}

// Whoever waits for --until must not take a signal for success.
Exit ended_early(const std::string& until) {
  diag::error("slotcast", "told to stop before all sinks had what --until names",
              {{"until", until}});
  return Exit::Failed;
}

Exit run_pipeline(Pipeline& pipeline, const config::Config& config, const RunOptions& options,
                  const Signals& signals) {
  ServiceNotify notify;
  Outcome outcome;
  // Ready to be asked: a server that is down at boot must not make the service manager give up.
  notify.ready();
  const auto give_up = [&] {
    notify.watchdog();
    return signals.stop_requested();
  };
  if (Status begun = pipeline.begin(give_up); !begun.ok()) {
    if (!signals.stop_requested()) return refuse(begun.error());
    return options.until ? ended_early(*options.until) : Exit::Ok;
  }
  if (options.until) {
    // Before anything is started: what it says may be wrong.
    if (const auto lsn = pipeline.until_lsn(*options.until); !lsn.ok()) return refuse(lsn.error());
  }
  const auto on_failure = [&outcome](const Error& error) { outcome.fail(error); };
  if (Status started = pipeline.start(on_failure); !started.ok()) {
    return refuse(started.error());
  }
  diag::info("slotcast", "running",
             {{"pipeline", config.name}, {"sinks", std::to_string(config.sinks.size())}});
  wait_for_end(pipeline, signals, outcome, options.until, notify);
  diag::set_footer("");
  notify.stopping();
  if (const auto error = outcome.error()) {
    diag::error("slotcast", "capture cannot go on",
                {{"kind", name_of(error->kind)}, {"error", error->what}});
  } else {
    diag::info("slotcast", "draining");
  }
  if (!pipeline.stop()) leave_without_waiting();
  if (const auto error = outcome.error()) return exit_of(*error);
  if (pipeline.branches().any_failed()) return Exit::Failed;
  if (const std::string halted = pipeline.branches().halted(); options.until && !halted.empty()) {
    diag::error("slotcast", "not all sinks have what --until names: some are paused or detached",
                {{"sinks", halted}});
    return Exit::Failed;
  }
  if (options.until && !pipeline.branches().all_reached_until()) return ended_early(*options.until);
  diag::info("slotcast", "stopped");
  return Exit::Ok;
}

}  // namespace

Exit run_daemon(const config::Config& config, const RunOptions& options) {
  // A block is made by one thread and let go by another. With glibc's eight arenas a processor each
  // keeps such blocks' room for itself: 16 sinks then take three times the memory they use.
  ::mallopt(M_ARENA_MAX, 2);
  Signals signals;
  Pipeline pipeline(config);
  if (Status opened = pipeline.open(options); !opened.ok()) return refuse(opened.error());
  admin::Server server(
      config.admin.host, config.admin.port, [&pipeline] { return pipeline.snapshot(); },
      [&](const admin::Order& order) {
        return admin::obey(order, config.name, pipeline.control());
      });
  if (config.admin.port != 0) {
    if (Status listening = server.start(); !listening.ok()) return refuse(listening.error());
  }
  return run_pipeline(pipeline, config, options, signals);
}

}  // namespace slotcast
