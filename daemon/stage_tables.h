#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "config/config.h"
#include "daemon/sink_routes.h"
#include "lib/replay/relations.h"
#include "lib/sql/known_tables.h"

namespace slotcast {

// The tables whose rows a stage has, and whether `where` and `select` of the routes fit them: what
// the server's catalog is for a slot. Threads: one; known() any.
class StageTables {
 public:
  // All must outlive it.
  StageTables(const config::Config& config, const SinkRoutes& routes, replay::StageFiles& files)
      : config_(config), routes_(routes), relations_(files) {}

  // Files of the manifest, in its order. Those whose rows every sink has are not checked.
  Status add(const replay::Batch& batch, const std::string& manifest, bool is_passed);
  // Of what was added: Invalid, after all mistakes have been logged. From now on a column that no
  // table has is a mistake.
  Status refuse();
  // Routes that take nothing of what is there, for people.
  void warn_of_idle_routes() const;

  const std::shared_ptr<sql::KnownTables>& known() const { return known_; }

 private:
  const config::Config& config_;
  const SinkRoutes& routes_;
  replay::Relations relations_;
  std::map<std::pair<std::string, std::string>, std::string> versions_;  // the latest of a table
  std::set<RelationPtr> unchecked_;
  const std::shared_ptr<sql::KnownTables> known_ = std::make_shared<sql::KnownTables>();
};

}  // namespace slotcast
