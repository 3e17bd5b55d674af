#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "config/config.h"
#include "daemon/sink_routes.h"
#include "lib/branch/branch.h"
#include "lib/journal/journal.h"
#include "lib/log/log.h"
#include "lib/snapshot/chunker.h"

// What an operator tells the sinks of a pipeline, whether its branches run or not.
//
// Threads: any; while one call does something the others are Transient. stop() ends it.
// Durability: what a call did is durable when it returns, and stays over restarts.
// Errors:  Invalid says why it cannot be done; nothing has changed then. Transient: it was not done
//          in time. The text of a Result is a sentence for the operator.

namespace slotcast {

class SinkControl {
 public:
  struct Parts {
    const config::Config* config = nullptr;
    const SinkRoutes* routes = nullptr;
    io::Directory* state = nullptr;
    journal::Journal* journal = nullptr;
    log::Log* log = nullptr;               // null: the sinks are fed by files
    snapshot::Chunker* chunker = nullptr;  // null then
    Clock* clock = nullptr;
    std::vector<branch::Branch*> branches;  // empty: the daemon does not run
  };

  explicit SinkControl(Parts parts) : parts_(std::move(parts)) {}

  // The sink delivers nothing more until resume(); it keeps its claim on the log.
  Result<std::string> pause(const std::string& sink);
  // Also one that an error had stopped.
  Result<std::string> resume(const std::string& sink);
  // The sink gets again what committed from `to` on: an LSN, or a time with its zone.
  Result<std::string> rewind(const std::string& sink, const std::string& to);
  // The sink gets the rows of its tables anew, or those of `table` ("schema.table").
  Result<std::string> resync(const std::string& sink, const std::string& table);
  // The sink gets what failed before and was kept. Needs the daemon.
  Result<std::string> redrive(const std::string& sink);
  // A sink that is not configured any more gives up its claim on the log.
  Result<std::string> forget(const std::string& sink);
  // Waits until all sinks stand at one place of the stream, and says which. With `pause` they are
  // paused there.
  Result<std::string> cut(bool pause, Duration patience);

  // The log has no room and `sink` is what holds it: it loses its claim, and has to be resynced.
  Status detach(const std::string& sink);

  void stop() { stopping_ = true; }

 private:
  struct Known {
    journal::BranchState state;
    branch::Branch* branch = nullptr;  // null: not configured, or the daemon does not run
    bool is_configured = false;
  };

  Status needs_log(const std::string& verb) const;
  Status check_table(const std::string& sink, const std::string& table) const;
  Result<Known> find(const std::string& sink) const;
  Result<Known> find_configured(const std::string& sink) const;
  bool wait_for(const std::function<bool()>& condition, Duration patience) const;
  Result<std::unique_lock<std::mutex>> take_turn();
  Result<journal::BranchState> stand(const Known& known, const std::string& sink,
                                     journal::Mode why);
  Status attach(const Known& known, const std::string& sink, snapshot::Request request);
  Result<journal::Checkpoint> place_of(const std::string& sink, const journal::BranchState& state,
                                       const std::string& to) const;
  Result<Lsn> hold_all(Duration patience);
  std::string who_cannot_be_held() const;

  const Parts parts_;
  std::mutex mutex_;  // one call at a time
  std::atomic<bool> stopping_{false};
};

}  // namespace slotcast
