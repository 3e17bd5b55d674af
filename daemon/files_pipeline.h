#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "daemon/admin/snapshot.h"
#include "daemon/app.h"
#include "daemon/branches.h"
#include "daemon/fed_by.h"
#include "daemon/sink_control.h"
#include "daemon/sink_routes.h"
#include "daemon/stage_tables.h"
#include "lib/io/posix.h"
#include "lib/journal/journal.h"
#include "lib/replay/manifest_watch.h"

namespace slotcast {

// Everything between the files of a stage and the sinks, wired by explicit arguments. PostgreSQL is
// never asked.
//
//     ManifestWatch ─▶ Tail ─┐
//     files ─▶ FileFeed ─▶ Branch per sink ─▶ Sink
//                            └──▶ Journal
//
// Threads: open(), start(), look(), stop() from one; snapshot() and control() from any.
class FilesPipeline {
 public:
  // Both must outlive it.
  FilesPipeline(const config::Config& config, const FilesOptions& options);
  ~FilesPipeline();

  // Takes the state directory, and reads the manifest as far as it goes. Invalid when the two do
  // not belong together, or a route does not fit a table.
  Status open();
  Status start();
  // Takes what the manifest has got since.
  Status look();
  // Nothing more will come of any branch; of a run that does not follow.
  bool branches_done() const { return branches_.done(*journal_); }
  Branches& branches() { return branches_; }
  // The manifest ends in a part of a batch, which is not delivered.
  bool has_rest() const { return watch_->has_rest(); }
  // Branches finish their batches. False when one did not within the configured time.
  bool stop();

  // Null before start(). Lives as long as the pipeline.
  SinkControl* control();
  admin::Snapshot snapshot() const;

 private:
  Status open_state();
  static std::string own_state();
  Status choose_manifest(const std::string& root);
  Status refuse_own(const std::string& root, const std::string& manifest) const;
  Status read_manifest();
  Status check_beginning();
  Status note_starts();
  Status make_branches();
  bool needs_xid(const config::Sink& sink) const;
  bool is_configured(const std::string& sink) const;
  bool is_passed(std::uint64_t rows) const;

  const config::Config& config_;
  const FilesOptions& options_;
  const SinkRoutes routes_;
  SystemClock clock_;
  SystemRandom random_;
  const SteadyTime started_at_;
  std::optional<io::DirectoryLock> lock_;
  std::unique_ptr<io::Directory> state_;
  std::unique_ptr<journal::Journal> journal_;
  std::unique_ptr<replay::StageFiles> files_;
  std::optional<FedBy> fed_by_;  // as the state directory has it
  bool is_as_before_ = false;    // the manifest was read as far as that says, and is the same
  std::unique_ptr<replay::ManifestWatch> watch_;
  std::unique_ptr<StageTables> tables_;
  std::vector<std::unique_ptr<branch::DeadLetters>> dead_letters_;  // one a branch
  Branches branches_;
  std::unique_ptr<SinkControl> control_;

  mutable std::mutex mutex_;
  bool running_ = false;  // guarded by mutex_: branches_ is complete
};

}  // namespace slotcast
