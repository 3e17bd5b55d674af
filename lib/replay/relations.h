#pragma once

#include <map>
#include <string>
#include <tuple>

#include "lib/change/relation.h"
#include "lib/replay/manifest.h"
#include "lib/replay/stage_files.h"

namespace slotcast::replay {

// The tables of a stage's files, each with the columns that it had when they were written.
// Threads: one. The files must outlive it.
class Relations {
 public:
  explicit Relations(StageFiles& files) : files_(files) {}

  // The same one for all files of a table with the same columns.
  Result<RelationPtr> of(const FileEntry& entry);

 private:
  Result<Relation> read(const FileEntry& entry);

  using Key = std::tuple<std::string, std::string, std::string>;  // schema, table, version

  StageFiles& files_;
  std::map<Key, RelationPtr> known_;
};

}  // namespace slotcast::replay
