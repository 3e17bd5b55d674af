#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/io/file.h"

namespace slotcast::stage {

// The manifest of one sink in a directory: lines are added at its end, each batch's once. Who reads
// it may have it open all the time, and an operator may move it away or shorten it while the sink
// does not run: then the next lines begin a new one, or stand behind what he left.
//
// Threads: one. Errors: those of the disk; a failed sync is final.
class ManifestFile {
 public:
  ManifestFile(io::Directory& directory, std::string path)
      : directory_(directory), path_(std::move(path)) {}

  // Where the next line will begin. Half a line at the end is of a batch that nobody knows of any
  // more, and is cut off.
  Result<std::uint64_t> end();

  // Adds whole lines, durably; `at` is what end() said when their batch was prepared. Any part of
  // them may be there already, in any state that a crash leaves.
  Status append_once(std::uint64_t at, std::string_view lines);

 private:
  Status write(io::File& file, std::uint64_t at, std::string_view lines);

  io::Directory& directory_;
  const std::string path_;
};

}  // namespace slotcast::stage
