#include "tests/support/temp_dir.h"

#include <cstdlib>

#include "lib/base/ensure.h"

namespace slotcast::test {

TempDir::TempDir()
    : path_((std::filesystem::temp_directory_path() / "slotcast-test-XXXXXX").string()) {
  ENSURE(::mkdtemp(path_.data()) != nullptr);
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::unique_ptr<io::Directory> TempDir::open() const {
  auto opened = io::open_directory(path_);
  ENSURE(opened.ok());
  return std::move(opened).value();
}

}  // namespace slotcast::test
