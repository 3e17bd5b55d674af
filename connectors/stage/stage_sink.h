#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "connectors/stage/options.h"
#include "connectors/stage/pattern.h"
#include "connectors/stage/stage_file.h"
#include "connectors/stage/token.h"
#include "lib/io/posix.h"
#include "lib/sink/encode/json_row.h"
#include "lib/sink/environment.h"
#include "lib/sink/sink.h"

// Files in a directory, each visible only when it is whole.
//
// A batch writes one temporary file per table under <stage>/.slotcast/<pipeline>-<sink>/. prepare()
// syncs them and chooses their final names; commit() renames each, never over an existing file, and
// syncs the directories. So a crash leaves a temporary file (not committed, or to be renamed) or a
// final one, and a temporary file that is gone was committed, wherever somebody has moved it since.
//
// That holds as long as it is the same directory. One that was emptied, or whose file system is not
// mounted, would look as if all were committed: so each has an identity, a random number in the
// file `id` next to the temporary files, and a token says which one it is for.

namespace slotcast::stage {

class StageSink final : public sink::Sink {
 public:
  using OpenDirectory = std::function<Result<std::unique_ptr<io::Directory>>(const std::string&)>;

  // Pattern, url and format are checked by make() in connectors/all.h before.
  StageSink(std::string root, Pattern pattern, sink::Environment environment,
            OpenDirectory open_directory);

  Status open() override;
  Result<std::uint64_t> write(sink::Rows rows) override;
  Result<sink::Token> prepare() override;
  Status commit(const sink::Token& token) override;
  Result<sink::Recovered> recover(const sink::Token& token) override;
  Status abort() override;
  Status close() override;

 private:
  struct Target {
    Names names;
    std::string temporary;
    std::uint64_t rows = 0;
    StageFile file;
  };
  using TargetKey = std::pair<std::string, std::string>;

  Status identify();
  Target& target_of(const sink::Row& row);
  Status flush(Target& target);
  Status release_files();
  void forget_batch();
  Result<std::string> free_name(const Names& names, WallTime instant);
  Result<std::vector<std::string>> leftovers();

  const std::string root_;
  const Pattern pattern_;
  const sink::Environment environment_;
  const OpenDirectory open_directory_;
  const std::string temporary_;  // the directory for unfinished files, relative to the stage

  // The branch's thread only.
  std::unique_ptr<io::Directory> directory_;
  std::optional<io::DirectoryLock> lock_;
  std::string identity_;                                  // of the temporary directory
  std::map<TargetKey, std::unique_ptr<Target>> targets_;  // of the open batch
  std::uint64_t last_version_ = 0;                        // of the last row's relation
  std::string last_name_;  // the last row's target, as the route called it
  Target* last_target_ = nullptr;
  std::size_t buffered_bytes_ = 0;
  std::size_t open_files_ = 0;
  sink::JsonRowEncoder encoder_;
};

}  // namespace slotcast::stage
