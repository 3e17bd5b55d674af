#pragma once

#include <map>
#include <set>
#include <string>

#include "tests/support/page_bytes.h"

namespace slotcast::test {

// All that a disk holds. Copying one is cheap.
struct Image {
  std::map<std::string, PageBytes> files;
  std::set<std::string> directories;  // without the root

  // Damage that no power cut makes: a bad sector, an operator's mistake. The file must exist.
  void flip(const std::string& path, std::uint64_t offset, int bit);
  void truncate(const std::string& path, std::uint64_t size_bytes);
};

}  // namespace slotcast::test
