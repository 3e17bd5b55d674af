#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "lib/io/posix.h"
#include "tests/support/power_disk.h"
#include "tests/support/temp_dir.h"

// What lib/io/file.h promises, asked of the real disk and of the one in memory: tests on the
// latter say something about the former only if both behave alike.

using namespace slotcast;
using io::OpenMode;

namespace {

// One of the two, empty.
class Disk {
 public:
  explicit Disk(const std::string& kind) {
    if (kind == "posix") {
      directory_ = temporary_.open();
    } else {
      directory_ = std::make_unique<test::PowerDisk>();
    }
  }
  io::Directory& operator*() { return *directory_; }
  io::Directory* operator->() { return directory_.get(); }

 private:
  test::TempDir temporary_;
  std::unique_ptr<io::Directory> directory_;
};

void put(io::Directory& directory, const std::string& path, const std::string& text) {
  auto file = directory.open(path, OpenMode::Create);
  REQUIRE(file.ok());
  REQUIRE(file.value()->write_at(0, as_bytes(text)).ok());
}

std::string get(io::Directory& directory, const std::string& path) {
  const auto file = directory.open(path, OpenMode::Read);
  REQUIRE(file.ok());
  std::string text(file.value()->size().value(), '?');
  REQUIRE(io::read_exactly_at(*file.value(), 0, std::as_writable_bytes(std::span(text))).ok());
  return text;
}

std::string names(io::Directory& directory, const std::string& path) {
  const auto entries = directory.list(path);
  REQUIRE(entries.ok());
  std::string all;
  for (const auto& entry : entries.value()) all += entry.name + (entry.is_directory ? "/ " : " ");
  return all;
}

bool is_invalid(const Status& status) {
  return !status.ok() && status.error().kind == ErrorKind::Invalid;
}

}  // namespace

TEST_CASE("directory: a file is made once, read and written where one says", "[io]") {
  Disk disk(GENERATE(values<std::string>({"posix", "memory"})));
  CHECK(is_invalid(disk->open("a", OpenMode::Read).status()));
  CHECK(is_invalid(disk->open("a", OpenMode::ReadWrite).status()));
  put(*disk, "a", "hello");
  CHECK(is_invalid(disk->open("a", OpenMode::Create).status()));
  const auto file = disk->open("a", OpenMode::ReadWrite);
  REQUIRE(file.value()->write_at(7, as_bytes("you")).ok());
  CHECK(get(*disk, "a") == std::string("hello\0\0you", 10));
  REQUIRE(file.value()->truncate(4).ok());
  REQUIRE(file.value()->truncate(6).ok());
  CHECK(get(*disk, "a") == std::string("hell\0\0", 6));
  CHECK(file.value()->sync().ok());
  std::array<std::byte, 8> buffer{};
  CHECK(file.value()->read_at(4, buffer).value() == 2);
  CHECK(file.value()->read_at(6, buffer).value() == 0);
  CHECK(file.value()->read_at(600, buffer).value() == 0);
  CHECK(file.value()->write_at(3, {}).ok());
  CHECK(io::read_exactly_at(*file.value(), 0, buffer).error().kind == ErrorKind::Corrupt);
}

TEST_CASE("directory: a file opened for reading is not written", "[io]") {
  Disk disk(GENERATE(values<std::string>({"posix", "memory"})));
  put(*disk, "a", "1");
  const auto file = disk->open("a", OpenMode::Read);
  CHECK(is_invalid(file.value()->write_at(0, as_bytes("2"))));
  CHECK(is_invalid(file.value()->truncate(0)));
  CHECK(get(*disk, "a") == "1");
}

TEST_CASE("directory: a rename without replacing leaves an existing target as it is", "[io]") {
  Disk disk(GENERATE(values<std::string>({"posix", "memory"})));
  put(*disk, "a", "1");
  put(*disk, "b", "2");
  CHECK(is_invalid(disk->rename("a", "b", false)));
  CHECK(get(*disk, "a") + get(*disk, "b") == "12");
  CHECK(disk->rename("a", "b", true).ok());
  CHECK(names(*disk, "") == "b ");
  CHECK(get(*disk, "b") == "1");
  CHECK(disk->rename("b", "c", false).ok());
  CHECK(names(*disk, "") == "c ");
}

TEST_CASE("directory: a rename of nothing, to nowhere or over a directory is refused", "[io]") {
  Disk disk(GENERATE(values<std::string>({"posix", "memory"})));
  put(*disk, "a", "1");
  REQUIRE(disk->make("sub").ok());
  CHECK(is_invalid(disk->rename("missing", "b", true)));
  CHECK(is_invalid(disk->rename("a", "missing/b", true)));
  CHECK(is_invalid(disk->rename("a", "sub", true)));
  CHECK(disk->rename("a", "sub/a", false).ok());
  CHECK(names(*disk, "") + names(*disk, "sub") == "sub/ a ");
}

TEST_CASE("directory: removing a file that is not there is fine, an open one lives on", "[io]") {
  Disk disk(GENERATE(values<std::string>({"posix", "memory"})));
  put(*disk, "a", "1");
  const auto file = disk->open("a", OpenMode::Read);
  CHECK(disk->remove("a").ok());
  CHECK(disk->remove("a").ok());
  CHECK(names(*disk, "").empty());
  CHECK(file.value()->size().value() == 1);
  REQUIRE(disk->make("sub").ok());
  CHECK(is_invalid(disk->remove("sub")));
}

TEST_CASE("directory: make makes all levels, twice is fine, and names come sorted", "[io]") {
  Disk disk(GENERATE(values<std::string>({"posix", "memory"})));
  REQUIRE(disk->make("x/y/z").ok());
  REQUIRE(disk->make("x/y/z").ok());
  for (const char* name : {"x/c", "x/a", "x/b"}) put(*disk, name, "");
  CHECK(names(*disk, "x") == "a b c y/ ");
  CHECK(names(*disk, "x/y") == "z/ ");
  CHECK(names(*disk, "missing").empty());
  CHECK(disk->sync("x/y").ok());
  CHECK(disk->sync("").ok());
  CHECK(is_invalid(disk->sync("missing")));
  CHECK(is_invalid(disk->make("x/a")));
  CHECK(is_invalid(disk->make("x/a/b")));
  CHECK(is_invalid(disk->list("x/a").status()));
  CHECK(is_invalid(disk->open("x/y", OpenMode::Read).status()));
  CHECK(is_invalid(disk->open("no/such/file", OpenMode::Create).status()));
  for (const char* path : {"", "x", "x/a", "x/y/z"}) CHECK(disk->exists(path).value());
  for (const char* path : {"x/d", "d/d", "x/a/b"}) CHECK(!disk->exists(path).value());
}

TEST_CASE("directory: zero_fill leaves a file of zeros of just that size", "[io]") {
  Disk disk(GENERATE(values<std::string>({"posix", "memory"})));
  const auto size = GENERATE(0u, 1u, 262143u, 262144u, 262145u);
  const auto file = disk->open("a", OpenMode::Create);
  REQUIRE(io::zero_fill(*file.value(), size).ok());
  CHECK(get(*disk, "a") == std::string(size, '\0'));
}

TEST_CASE("directory: no call takes a name that leads out of it", "[io]") {
  Disk disk(GENERATE(values<std::string>({"posix", "memory"})));
  REQUIRE(disk->make("sub").ok());
  put(*disk, "inside", "1");
  const std::string path = GENERATE(values<std::string>(
      {"../x", "/etc/passwd", "sub/../../x", "sub/../inside", "..", ".", "./inside", "sub/", "/",
       "sub//x", std::string("inside\0x", 8), std::string("\0", 1)}));
  CAPTURE(path);
  CHECK(is_invalid(disk->open(path, OpenMode::Read).status()));
  CHECK(is_invalid(disk->open(path, OpenMode::Create).status()));
  CHECK(is_invalid(disk->rename("inside", path, true)));
  CHECK(is_invalid(disk->rename(path, "new", true)));
  CHECK(is_invalid(disk->remove(path)));
  CHECK(is_invalid(disk->exists(path).status()));
  CHECK(is_invalid(disk->list(path).status()));
  CHECK(is_invalid(disk->make(path)));
  CHECK(is_invalid(disk->sync(path)));
  CHECK(names(*disk, "") == "inside sub/ ");
}

TEST_CASE("posix directory: no symbolic link is followed, out of it or within", "[io]") {
  const test::TempDir outside;
  const test::TempDir temporary;
  auto away = outside.open();
  put(*away, "secret", "1");
  std::filesystem::create_directory_symlink(outside.path(), temporary.path() + "/link");
  std::filesystem::create_symlink(outside.path() + "/secret", temporary.path() + "/file");
  auto directory = temporary.open();
  put(*directory, "mine", "2");
  REQUIRE(directory->make("sub").ok());
  put(*directory, "sub/inner", "3");
  std::filesystem::create_directory_symlink("sub", temporary.path() + "/within");
  CHECK(is_invalid(directory->open("within/inner", OpenMode::Read).status()));
  CHECK(is_invalid(directory->remove("within/inner")));
  CHECK(is_invalid(directory->list("within").status()));
  CHECK(is_invalid(directory->open("link/secret", OpenMode::Read).status()));
  CHECK(is_invalid(directory->open("file", OpenMode::Read).status()));
  CHECK(is_invalid(directory->open("link/new", OpenMode::Create).status()));
  CHECK(is_invalid(directory->rename("mine", "link/mine", true)));
  CHECK(is_invalid(directory->rename("link/secret", "stolen", true)));
  CHECK(is_invalid(directory->remove("link/secret")));
  CHECK(is_invalid(directory->exists("link/secret").status()));
  CHECK(directory->exists("link").value());
  CHECK(is_invalid(directory->list("link").status()));
  CHECK(is_invalid(directory->make("link")));
  CHECK(is_invalid(directory->make("link/sub")));
  CHECK(is_invalid(directory->sync("link")));
  CHECK(names(*away, "") == "secret ");
}

TEST_CASE("posix directory: a pipe in the place of a file is refused at once", "[io]") {
  const test::TempDir temporary;
  REQUIRE(::mkfifo((temporary.path() + "/pipe").c_str(), 0600) == 0);
  auto directory = temporary.open();
  CHECK(is_invalid(directory->open("pipe", OpenMode::Read).status()));
  CHECK(is_invalid(directory->open("pipe", OpenMode::ReadWrite).status()));
}
