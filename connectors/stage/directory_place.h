#pragma once

#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "connectors/stage/manifest_file.h"
#include "connectors/stage/place.h"
#include "lib/io/posix.h"
#include "lib/sink/environment.h"

// A stage in a directory.
//
// Unfinished files lie under <stage>/.slotcast/<pipeline>-<sink>/. Finishing syncs one and chooses
// its final name; commit() renames each, never over an existing file, and syncs the directories. So
// a crash leaves a temporary file (not committed, or to be renamed) or a final one, and a temporary
// file that is gone was committed, wherever somebody has moved it since.
//
// That holds as long as it is the same directory. One that was emptied, or whose file system is not
// mounted, would look as if all were committed: so each has an identity, a random number in the
// file `id` next to the temporary files, and a token says which one it is for.
//
// The manifest is <stage>/_manifest/<pipeline>-<sink>.jsonl: a sink that hangs, or runs as another
// user, must not be in the way of the others, so each has its own.

namespace slotcast::stage {

class DirectoryPlace final : public Place {
 public:
  using OpenDirectory = std::function<Result<std::unique_ptr<io::Directory>>(const std::string&)>;

  DirectoryPlace(std::string root, const sink::Environment& environment,
                 OpenDirectory open_directory);

  Status open() override;
  Result<bool> exists(const std::string& path) override;
  Status keep(const std::string& path, std::string_view contents) override;
  Result<std::unique_ptr<UnfinishedFile>> create(Namer namer) override;
  Result<std::string> prepare(const std::string& batch) override;
  Status commit(const PreparedBatch& batch) override;
  Status clear() override;
  void close() override;

 private:
  Status identify();
  Status publish(const PreparedBatch& batch);
  Status place(const PreparedFile& file);
  std::string new_temporary();
  Result<std::vector<std::string>> leftovers();

  const std::string root_;
  const sink::Environment environment_;
  const OpenDirectory open_directory_;
  const std::string own_name_;   // in directories that sinks share
  const std::string temporary_;  // the directory for unfinished files, relative to the stage

  // The branch's thread only.
  std::unique_ptr<io::Directory> directory_;
  std::optional<ManifestFile> manifest_;
  std::optional<io::DirectoryLock> lock_;
  std::set<std::string> kept_;  // small files that are known to be durable
  std::string identity_;        // of the temporary directory
  std::uint64_t temporaries_ = 0;
};

}  // namespace slotcast::stage
