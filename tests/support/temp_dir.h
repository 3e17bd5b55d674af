#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "lib/io/posix.h"

namespace slotcast::test {

// A directory of one test on the real disk, gone with it.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  // The test ends when it cannot be opened.
  std::unique_ptr<io::Directory> open() const;

 private:
  std::string path_;
};

}  // namespace slotcast::test
