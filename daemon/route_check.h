#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "config/config.h"
#include "daemon/sink_routes.h"
#include "lib/pg/connection.h"
#include "lib/sql/known_tables.h"

namespace slotcast {

// Whether `where` and `select` of the routes fit the tables as the server has them.
//
// Threads: any, one call at a time; known() and may_deliver() any. Nothing is asked when no route
// has either.
class RouteCheck {
 public:
  // Both must outlive it.
  RouteCheck(const config::Config& config, const SinkRoutes& routes)
      : config_(config), routes_(routes) {}

  // Sentences.
  struct Found {
    std::vector<std::string> mistakes;  // each with its place in the configuration
    std::vector<std::string> hazards;   // what sinks could not keep right of the tables they get
  };
  Result<Found> find(pg::Connection& sql);
  // Before anything is made: Invalid, after all mistakes have been logged.
  Status refuse();
  // The same, when a route is not one of the last start's. Without a server the sinks of such
  // routes wait: the log may have work to do for the others.
  Status refuse_changed(io::Directory& state);
  // Once, when the server is there: the tables are known then. What sinks wait for is refused as at
  // the start. A table that was changed so that a route does not fit it any more is logged; the
  // sinks stop at its first row.
  Status learn();
  std::set<std::string> waiting() const;
  // What learn() has passed may be delivered.
  void release();
  // Transient while the sink waits.
  Status may_deliver(const std::string& sink) const;

  const std::shared_ptr<sql::KnownTables>& known() const { return known_; }

 private:
  bool is_needed() const;

  const config::Config& config_;
  const SinkRoutes& routes_;
  const std::shared_ptr<sql::KnownTables> known_ = std::make_shared<sql::KnownTables>();
  mutable std::mutex mutex_;
  std::set<std::string> waiting_;  // guarded by mutex_: sinks with routes that were never checked
};

}  // namespace slotcast
