#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lib/io/file.h"

// The files of a stage, for reading: a directory now, and whatever else names can be listed and
// bytes be read of.

namespace slotcast::replay {

// Threads: any. Errors: Transient is worth trying again; Invalid where there is no such file.
class StageFiles {
 public:
  virtual ~StageFiles() = default;

  // The names of the manifests, sorted: "shop-lake.jsonl".
  virtual Result<std::vector<std::string>> manifests() = 0;
  // From `offset` on up to `into.size()` bytes; fewer only at the file's end. Nothing is kept open
  // in between: a batch may have very many files.
  virtual Result<std::size_t> read(const std::string& path, std::uint64_t offset,
                                   std::span<char> into) = 0;
  // A whole small file.
  Result<std::string> read_small(const std::string& path, std::size_t size_bytes_max);
};

// Every name is looked up beneath the directory, through no symbolic link.
class DirectoryFiles final : public StageFiles {
 public:
  explicit DirectoryFiles(std::unique_ptr<io::Directory> directory)
      : directory_(std::move(directory)) {}

  Result<std::vector<std::string>> manifests() override;
  Result<std::size_t> read(const std::string& path, std::uint64_t offset,
                           std::span<char> into) override;

 private:
  const std::unique_ptr<io::Directory> directory_;
};

// "_manifest/shop-lake.jsonl" of "shop-lake.jsonl".
std::string manifest_path(const std::string& name);

// The manifest to read: `wanted` ("shop-lake", with or without its ending), or the only one.
// Invalid with the names of those that are there when it is not there, or not the only one.
Result<std::string> choose_manifest(StageFiles& files, const std::string& wanted);

}  // namespace slotcast::replay
