#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "lib/io/posix.h"
#include "lib/io/posix_call.h"

namespace slotcast::io {

Result<DirectoryLock> DirectoryLock::acquire(const std::string& path) {
  const std::string name = path + "/lock";
  const int descriptor = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return last_error("open " + name);
  DirectoryLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return last_error("lock " + name);
    char owner[32] = {};
    const ssize_t got = ::pread(descriptor, owner, sizeof owner - 1, 0);
    std::string text(owner, got > 0 ? static_cast<std::size_t>(got) : 0);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return invalid("state directory " + path + " is in use by another slotcast, process " + text +
                   "; two must never share it");
  }
  const std::string mine = std::to_string(::getpid()) + "\n";
  if (::ftruncate(descriptor, 0) != 0 ||
      ::pwrite(descriptor, mine.data(), mine.size(), 0) != static_cast<ssize_t>(mine.size())) {
    return last_error("write " + name);
  }
  return lock;
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

DirectoryLock::~DirectoryLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<bool> is_own(const std::string& path) {
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0) return last_error("state directory " + path);
  return about.st_uid == ::geteuid();
}

Result<bool> path_exists(const std::string& path) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) == 0) return true;
  if (errno == ENOENT) return false;
  return last_error("look at " + path);
}

Status check_writable(const std::string& path) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0) return last_error("look at directory " + path);
  if (!S_ISDIR(facts.st_mode)) return invalid(path + " is not a directory");
  if (::faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK | X_OK, AT_EACCESS) != 0) {
    return last_error("write to directory " + path);
  }
  return {};
}

Result<std::uint64_t> free_bytes(const std::string& path) {
  struct statvfs facts{};
  if (::statvfs(path.c_str(), &facts) != 0) return last_error("statvfs " + path);
  return static_cast<std::uint64_t>(facts.f_bavail) * facts.f_frsize;
}

Result<std::string> read_text_file(const std::string& path, std::size_t size_bytes_max) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return last_error("open " + path);
  std::string text;
  char chunk[16384];
  ssize_t got = 0;
  while ((got = ::read(descriptor, chunk, sizeof chunk)) != 0) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) break;
    text.append(chunk, static_cast<std::size_t>(got));
    if (text.size() > size_bytes_max) break;
  }
  const int failed = got < 0 ? errno : 0;
  ::close(descriptor);
  if (failed != 0) return error_of(failed, "read " + path);
  if (text.size() > size_bytes_max) {
    return invalid(path + " is larger than " + std::to_string(size_bytes_max) + " bytes");
  }
  return text;
}

}  // namespace slotcast::io
