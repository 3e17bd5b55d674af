#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "lib/log/tail.h"
#include "lib/replay/manifest.h"

namespace slotcast::replay {

// How far a stage's manifest goes, for the branches that read its files: its rows are the records
// of a tail.
//
// Threads: look() one, all else any.
class ManifestWatch {
 public:
  // The files must outlive it.
  ManifestWatch(StageFiles& files, const std::string& name) : name_(name), reader_(files, name) {}

  // Reads what has been added. `on_batch` is called for each batch, `before_telling` once, before
  // any branch is told of one; an error of theirs is returned.
  using OnBatch = std::function<Status(const Batch& batch, std::uint64_t rows_before)>;
  Status look(const OnBatch& on_batch, const std::function<Status()>& before_telling);

  // Of look()'s thread: behind the last batch read, and whether there is a part of one behind it.
  const ManifestPlace& place() const { return reader_.place(); }
  bool has_rest() const { return reader_.has_rest(); }

  log::Tail& tail() { return tail_; }
  const std::string& name() const { return name_; }

  struct Totals {
    std::uint64_t files = 0;
    std::uint64_t rows = 0;
  };
  Totals totals() const;

 private:
  const std::string name_;
  ManifestReader reader_;
  log::Tail tail_{log::Mark{}};
  log::Mark end_;
  Totals read_;
  mutable std::mutex mutex_;
  Totals told_;  // guarded by mutex_
};

}  // namespace slotcast::replay
