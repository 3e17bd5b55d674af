#include <chrono>
#include <thread>

#include "daemon/admin/server.h"
#include "daemon/app.h"
#include "daemon/ending.h"
#include "daemon/files_pipeline.h"
#include "daemon/service_notify.h"
#include "daemon/signals.h"
#include "lib/base/diag.h"

// The way of the data, for reading: replay::FileFeed (lib/replay) takes the rows out of a stage's
// files; each branch (lib/branch) takes them from there to its sink.

namespace slotcast {
namespace {

constexpr Duration kTick = std::chrono::milliseconds(5);
constexpr Duration kLookInterval = std::chrono::seconds(1);
constexpr Duration kWatchdogInterval = std::chrono::seconds(2);

// Until a signal, the end of all branches, or a manifest that cannot be gone on with.
Status wait_for_end(FilesPipeline& pipeline, const Signals& signals, bool follows,
                    ServiceNotify& notify) {
  SystemClock clock;
  SteadyTime looked_at = clock.now(), notified_at{};
  while (!signals.stop_requested()) {
    if (!follows && pipeline.branches_done()) return {};
    if (follows && clock.now() - looked_at >= kLookInterval) {
      const Status looked = pipeline.look();
      const bool is_transient = !looked.ok() && looked.error().kind == ErrorKind::Transient;
      if (is_transient) diag::warning("files", "will look again", {{"error", looked.error().what}});
      if (!looked.ok() && !is_transient) return looked;
      looked_at = clock.now();
    }
    if (clock.now() - notified_at >= kWatchdogInterval) {
      notify.watchdog();
      notified_at = clock.now();
    }
    std::this_thread::sleep_for(kTick);
  }
  return {};
}

// Who waits for all rows must not take anything else for success.
Exit ending_of(FilesPipeline& pipeline, bool follows) {
  if (pipeline.branches().any_failed()) return Exit::Failed;
  if (follows) return Exit::Ok;
  if (const std::string halted = pipeline.branches().halted(); !halted.empty()) {
    diag::error("slotcast",
                "not all sinks have all rows: some are paused; with --follow they can be resumed",
                {{"sinks", halted}});
    return Exit::Failed;
  }
  if (pipeline.branches().all_reached_until() && pipeline.has_rest()) {
    diag::error("slotcast",
                "all is delivered but for the last batch, whose lines are not all in the manifest: "
                "start the pipeline that writes it, and this one again");
    return Exit::Failed;
  }
  if (pipeline.branches().all_reached_until()) return Exit::Ok;
  diag::error("slotcast", "told to stop before all sinks had all rows");
  return Exit::Failed;
}

void report_end(FilesPipeline& pipeline) {
  for (const auto& branch : pipeline.branches().list()) {
    const branch::BranchStatus status = branch->status();
    diag::info("sink " + status.sink, branch->reached_until() ? "has all rows" : "stopped",
               {{"delivered", std::to_string(status.rows)},
                {"dead_letters", std::to_string(status.dead_letters)}});
  }
}

}  // namespace

Exit run_files(const config::Config& config, const FilesOptions& options) {
  Signals signals;
  FilesPipeline pipeline(config, options);
  if (Status opened = pipeline.open(); !opened.ok()) return refuse(opened.error());
  admin::Server server(
      config.admin.host, config.admin.port, [&pipeline] { return pipeline.snapshot(); },
      [&](const admin::Order& order) {
        return admin::obey(order, config.name, pipeline.control());
      });
  if (config.admin.port != 0) {
    if (Status listening = server.start(); !listening.ok()) return refuse(listening.error());
  }
  ServiceNotify notify;
  notify.ready();
  if (Status started = pipeline.start(); !started.ok()) return refuse(started.error());
  diag::info("slotcast", "running",
             {{"pipeline", config.name}, {"sinks", std::to_string(config.sinks.size())}});
  const Status ended = wait_for_end(pipeline, signals, options.follow, notify);
  notify.stopping();
  if (!ended.ok()) diag::error("files", "cannot be read on", {{"error", ended.error().what}});
  if (!pipeline.stop()) leave_without_waiting();
  report_end(pipeline);
  if (!ended.ok()) return exit_of(ended.error());
  const Exit exit = ending_of(pipeline, options.follow);
  if (exit == Exit::Ok) diag::info("slotcast", "stopped");
  return exit;
}

}  // namespace slotcast
