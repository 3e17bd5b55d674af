#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "lib/io/beneath.h"
#include "lib/io/posix.h"
#include "lib/io/posix_call.h"
#include "lib/io/posix_file.h"

namespace slotcast::io {
namespace {

std::string last_name(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

bool is_of_type(int descriptor, mode_t type) {
  struct stat facts{};
  return ::fstat(descriptor, &facts) == 0 && (facts.st_mode & S_IFMT) == type;
}

Status sync_descriptor(int descriptor, const std::string& path) {
#ifdef SLOTCAST_WITHOUT_SYNC
  static_cast<void>(descriptor);
  static_cast<void>(path);
  return {};
#else
  if (::fsync(descriptor) == 0) return {};
  Error error = last_error("sync directory " + path);
  error.kind = ErrorKind::Corrupt;
  return error;
#endif
}

// Some file systems leave the type out of their entries.
bool is_directory(int parent, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
  struct stat facts{};
  return ::fstatat(parent, entry.d_name, &facts, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISDIR(facts.st_mode);
}

class PosixDirectory final : public Directory {
 public:
  PosixDirectory(Descriptor root, std::string name)
      : root_(std::move(root)), name_(std::move(name)) {}

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    std::uint64_t flags = O_RDONLY;
    if (mode == OpenMode::ReadWrite) flags = O_RDWR;
    if (mode == OpenMode::Create) flags = O_RDWR | O_CREAT | O_EXCL;
    // Not blocking: a pipe that somebody put there must not stop us before we see what it is.
    flags |= O_NONBLOCK;
    TRY_ASSIGN(Descriptor file, named(open_beneath(root_.get(), path, flags, 0666)));
    if (!is_of_type(file.get(), S_IFREG)) {
      return invalid("open " + name_ + "/" + path + ": not a regular file");
    }
    return std::unique_ptr<File>(std::make_unique<PosixFile>(file.release(), name_ + "/" + path));
  }

  Status rename(const std::string& from, const std::string& to, bool replace) override {
    TRY(check_path(from));
    TRY(check_path(to));
    TRY_ASSIGN(const Descriptor source, open_directory_of(from));
    TRY_ASSIGN(const Descriptor target, open_directory_of(to));
    const unsigned flags = replace ? 0 : RENAME_NOREPLACE;
    if (::renameat2(source.get(), last_name(from).c_str(), target.get(), last_name(to).c_str(),
                    flags) == 0) {
      return {};
    }
    return last_error("rename " + name_ + "/" + from + " to " + to);
  }

  Status remove(const std::string& path) override {
    TRY(check_path(path));
    auto parent = open_directory_of(path);
    if (!parent.ok()) return parent.error();
    if (::unlinkat(parent.value().get(), last_name(path).c_str(), 0) == 0 || errno == ENOENT) {
      return {};
    }
    return last_error("remove " + name_ + "/" + path);
  }

  Result<bool> exists(const std::string& path) override {
    errno = 0;
    // A symbolic link takes a name as well, wherever it leads.
    auto opened = open_beneath(root_.get(), path, O_PATH | O_NOFOLLOW, 0);
    if (opened.ok()) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return named(std::move(opened)).error();
  }

  Result<std::vector<DirectoryEntry>> list(const std::string& path) override {
    errno = 0;
    auto opened = open_beneath(root_.get(), path, O_RDONLY | O_DIRECTORY, 0);
    if (!opened.ok()) {
      if (errno == ENOENT) return std::vector<DirectoryEntry>();
      return named(std::move(opened)).error();
    }
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(opened.value().get()),
                                                     &::closedir);
    if (!stream) return last_error("list " + name_ + "/" + path);
    opened.value().release();
    std::vector<DirectoryEntry> entries;
    // A disk that fails in the middle must not look like a directory that ends there.
    for (errno = 0; const dirent* entry = ::readdir(stream.get()); errno = 0) {
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      entries.push_back({name, is_directory(::dirfd(stream.get()), *entry)});
    }
    if (errno != 0) return last_error("list " + name_ + "/" + path);
    std::sort(entries.begin(), entries.end(),
              [](const DirectoryEntry& a, const DirectoryEntry& b) { return a.name < b.name; });
    return entries;
  }

  Status make(const std::string& path) override {
    TRY(check_path(path));
    for (std::size_t end = path.find('/'); !path.empty(); end = path.find('/', end + 1)) {
      TRY(make_level(path.substr(0, end)));
      if (end == std::string::npos) break;
    }
    return {};
  }

  Status sync(const std::string& path) override {
    TRY_ASSIGN(const Descriptor directory,
               named(open_beneath(root_.get(), path, O_RDONLY | O_DIRECTORY, 0)));
    return sync_descriptor(directory.get(), name_ + "/" + path);
  }

 private:
  Result<Descriptor> open_directory_of(const std::string& path) {
    return named(open_beneath(root_.get(), parent_of(path), O_RDONLY | O_DIRECTORY, 0));
  }

  Result<Descriptor> named(Result<Descriptor> opened) const {
    if (opened.ok()) return opened;
    return opened.error().prefixed(name_);
  }

  // Whoever made an existing level may have died before syncing it: the parent is synced either
  // way.
  Status make_level(const std::string& path) {
    TRY_ASSIGN(const Descriptor parent, open_directory_of(path));
    if (::mkdirat(parent.get(), last_name(path).c_str(), 0777) != 0 && errno != EEXIST) {
      return last_error("make directory " + name_ + "/" + path);
    }
    TRY(named(open_beneath(root_.get(), path, O_RDONLY | O_DIRECTORY, 0)).status());
    return sync_descriptor(parent.get(), name_ + "/" + parent_of(path));
  }

  const Descriptor root_;
  const std::string name_;
};

}  // namespace

Result<std::unique_ptr<Directory>> open_directory(const std::string& path) {
  Descriptor root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (root.get() < 0) return last_error("open directory " + path);
  return std::unique_ptr<Directory>(std::make_unique<PosixDirectory>(std::move(root), path));
}

Status make_path(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string level = path.substr(0, end);
    if (::mkdir(level.c_str(), 0700) == 0) {
      const std::string parent = parent_of(level).empty() ? "/" : parent_of(level);
      const Descriptor above(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      if (above.get() < 0) return last_error("open directory " + parent);
      TRY(sync_descriptor(above.get(), parent));
    } else if (errno != EEXIST) {
      return last_error("make directory " + level);
    }
    if (end == std::string::npos) return {};
  }
}

}  // namespace slotcast::io
