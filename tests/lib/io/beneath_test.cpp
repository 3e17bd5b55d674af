// Goal: below a directory no name and no link leads out of it, with openat2(2) and without.
// Method: links on the real disk; both ways are asked the same questions. A child process that may
//         not call openat2(2) is not needed: the second way is called by itself.
#include "lib/io/beneath.h"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "tests/support/temp_dir.h"

using namespace slotcast;

namespace {

using Open = Result<io::Descriptor> (*)(int, const std::string&, std::uint64_t, mode_t);

}  // namespace

TEST_CASE("beneath: both ways to look up a name agree, and follow no link", "[io]") {
  const test::TempDir outside;
  const test::TempDir inside;
  const std::string root = inside.path();
  std::ofstream(outside.path() + "/secret") << "1";
  std::filesystem::create_directories(root + "/a/b");
  std::ofstream(root + "/a/b/file") << "2";
  std::filesystem::create_directory_symlink(outside.path(), root + "/out");
  std::filesystem::create_directory_symlink("a", root + "/within");
  std::filesystem::create_symlink(outside.path() + "/secret", root + "/a/link");
  const io::Descriptor directory(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(directory.get() >= 0);
  for (const Open open : {Open(&io::open_beneath), Open(&io::open_in_steps)}) {
    const auto can = [&](const std::string& path, int flags) {
      errno = 0;
      return open(directory.get(), path, static_cast<std::uint64_t>(flags), 0600).ok();
    };
    CHECK(can("", O_RDONLY | O_DIRECTORY));
    CHECK(can("a/b", O_RDONLY | O_DIRECTORY));
    CHECK(can("a/b/file", O_RDONLY));
    CHECK(can("a/b/new", O_RDWR | O_CREAT | O_EXCL));
    CHECK(::unlink((root + "/a/b/new").c_str()) == 0);
    CHECK(can("a/link", O_PATH | O_NOFOLLOW));  // the link itself
    CHECK_FALSE(can("a/link", O_RDONLY));
    CHECK(errno == ELOOP);
    CHECK_FALSE(can("out/secret", O_RDONLY));
    CHECK_FALSE(can("out/new", O_RDWR | O_CREAT | O_EXCL));
    CHECK_FALSE(can("out", O_RDONLY | O_DIRECTORY));
    CHECK_FALSE(can("within/b/file", O_RDONLY));
    CHECK_FALSE(can("a/b/file/x", O_RDONLY));
    CHECK(errno == ENOTDIR);
    CHECK_FALSE(can("a/none", O_RDONLY));
    CHECK(errno == ENOENT);
    for (const char* path : {"..", "a/../../x", "/etc/passwd", "a//b", "."}) {
      CHECK_FALSE(can(path, O_RDONLY));
    }
  }
  CHECK_FALSE(std::filesystem::exists(outside.path() + "/new"));
}
