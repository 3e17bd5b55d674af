#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "lib/io/posix.h"
#include "tests/support/temp_dir.h"

using namespace slotcast;
using io::DirectoryLock;
using io::OpenMode;

namespace {

// A process that holds the lock of `path` until it is killed.
class LockHolder {
 public:
  explicit LockHolder(const std::string& path) {
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) hold(path, ready[1]);
    char answer = '0';
    REQUIRE(::read(ready[0], &answer, 1) == 1);
    REQUIRE(answer == '1');
    ::close(ready[0]);
    ::close(ready[1]);
  }
  ~LockHolder() { end(); }

  pid_t pid() const { return pid_; }
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  [[noreturn]] static void hold(const std::string& path, int ready) {
    const auto lock = DirectoryLock::acquire(path);
    const char answer = lock.ok() ? '1' : '0';
    if (::write(ready, &answer, 1) == 1) {
      while (true) ::pause();
    }
    ::_exit(1);
  }
  pid_t pid_;
};

// A file system of its own with little room.
class SmallDisk {
 public:
  SmallDisk() { REQUIRE(::mount("none", at_.path().c_str(), "tmpfs", 0, "size=1m") == 0); }
  ~SmallDisk() { ::umount2(at_.path().c_str(), MNT_DETACH); }
  const std::string& path() const { return at_.path(); }

 private:
  const test::TempDir at_;
};

mode_t mode_of(const std::string& path) {
  struct stat facts{};
  REQUIRE(::stat(path.c_str(), &facts) == 0);
  return facts.st_mode & 0777;
}

}  // namespace

TEST_CASE("lock: a second process is refused and told who has it, until that one ends", "[io]") {
  const test::TempDir temporary;
  LockHolder holder(temporary.path());
  const auto refused = DirectoryLock::acquire(temporary.path());
  REQUIRE(!refused.ok());
  CHECK(refused.error().kind == ErrorKind::Invalid);
  CHECK_THAT(refused.error().what, Catch::Contains("process " + std::to_string(holder.pid())));
  CHECK_THAT(refused.error().what, Catch::Contains(temporary.path()));
  holder.end();
  CHECK(DirectoryLock::acquire(temporary.path()).ok());
}

TEST_CASE("lock: is free again once its owner is gone, and goes with a move", "[io]") {
  const test::TempDir temporary;
  {
    auto first = DirectoryLock::acquire(temporary.path());
    REQUIRE(first.ok());
    CHECK(!DirectoryLock::acquire(temporary.path()).ok());
    const DirectoryLock moved(std::move(first).value());
    CHECK(!DirectoryLock::acquire(temporary.path()).ok());
  }
  CHECK(DirectoryLock::acquire(temporary.path()).ok());
  CHECK(!DirectoryLock::acquire(temporary.path() + "/missing").ok());
}

TEST_CASE("full disk: writing is Transient and names the file, and goes on with room", "[io]") {
  if (::geteuid() != 0) {
    WARN("needs root to mount a small tmpfs");
    return;
  }
  const SmallDisk small;
  const auto directory = io::open_directory(small.path());
  const auto file = directory.value()->open("big", OpenMode::Create);
  const std::string block(256 * 1024, 'x');
  Status written;
  std::uint64_t at = 0;
  for (; written.ok() && at < (4u << 20); at += block.size()) {
    written = file.value()->write_at(at, as_bytes(block));
  }
  REQUIRE(!written.ok());
  CHECK(written.error().kind == ErrorKind::Transient);
  CHECK_THAT(written.error().what, Catch::Contains("big") && Catch::Contains("No space left"));
  CHECK(io::free_bytes(small.path()).value() < block.size());
  REQUIRE(file.value()->truncate(0).ok());
  CHECK(file.value()->write_at(0, as_bytes(block)).ok());
  CHECK(io::free_bytes(small.path()).value() == (1u << 20) - block.size());
}

TEST_CASE("make_path: makes all levels, for us alone, and twice is fine", "[io]") {
  const test::TempDir temporary;
  const std::string path = temporary.path() + "/a/b/c";
  REQUIRE(io::make_path(path).ok());
  REQUIRE(io::make_path(path).ok());
  CHECK(mode_of(path) == 0700);
  CHECK(mode_of(temporary.path() + "/a") == 0700);
  std::ofstream(temporary.path() + "/file") << "1";
  CHECK(!io::make_path(temporary.path() + "/file/d").ok());
  CHECK(!io::open_directory(temporary.path() + "/file").ok());
}

TEST_CASE("files in a directory get the mode that the umask leaves", "[io]") {
  const test::TempDir temporary;
  const auto directory = temporary.open();
  const mode_t before = ::umask(027);
  REQUIRE(directory->make("d").ok());
  REQUIRE(directory->open("d/f", OpenMode::Create).ok());
  ::umask(before);
  CHECK(mode_of(temporary.path() + "/d") == 0750);
  CHECK(mode_of(temporary.path() + "/d/f") == 0640);
}

// As root every directory can be written to: another user asks.
TEST_CASE("check_writable: is told of what is missing, no directory, or not ours", "[io]") {
  const test::TempDir directory;
  const std::string path = directory.path() + "/stage";
  CHECK_FALSE(io::check_writable(path).ok());
  const auto missing = io::path_exists(path);
  CHECK((missing.ok() && !missing.value()));
  std::ofstream(path) << "a file";
  CHECK(io::check_writable(path).error().what == path + " is not a directory");
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  CHECK(io::check_writable(path).ok());
  CHECK(std::filesystem::is_empty(path));
  const auto exists = io::path_exists(path);
  CHECK((exists.ok() && exists.value()));

  const bool is_root = ::geteuid() == 0;
  REQUIRE(::chmod(directory.path().c_str(), 0) == 0);
  if (is_root) REQUIRE(::seteuid(65534) == 0);
  const Status refused = io::check_writable(directory.path());
  const auto unknown = io::path_exists(path);
  if (is_root) REQUIRE(::seteuid(0) == 0);
  REQUIRE(::chmod(directory.path().c_str(), 0700) == 0);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::Invalid);
  CHECK_FALSE(unknown.ok());
}

TEST_CASE("read_text_file: gives the whole file, and refuses one that is too large", "[io]") {
  const test::TempDir temporary;
  const std::string path = temporary.path() + "/secret";
  const std::string text(20000, 's');
  std::ofstream(path) << text;
  CHECK(io::read_text_file(path, 20000).value() == text);
  CHECK(io::read_text_file(path, 19999).error().kind == ErrorKind::Invalid);
  CHECK(io::read_text_file(path + "x", 100).error().kind == ErrorKind::Invalid);
  CHECK(!io::read_text_file(temporary.path(), 100).ok());
}
