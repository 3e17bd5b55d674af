#pragma once

#include <memory>
#include <string>

#include "lib/io/file.h"

namespace slotcast::io {

// The real disk. Opens the existing directory `path`; everything later is resolved beneath it
// without following links (beneath.h), so no name can lead out of it. `path` itself may be a link:
// that one is the operator's.
Result<std::unique_ptr<Directory>> open_directory(const std::string& path);

// False only when nothing is there; what cannot be looked at is an error.
Result<bool> path_exists(const std::string& path);

// Whether this user could read and make files in the existing directory `path`. Makes none.
Status check_writable(const std::string& path);

// mkdir -p with mode 0700, every new level durable.
Status make_path(const std::string& path);

// Whether this process runs as the user who owns `path`: what it makes there is then not in the
// owner's way. Invalid when there is no such directory.
Result<bool> is_own(const std::string& path);

// Holds `path`/lock locked (flock) until destroyed. Invalid, naming the process that has it, when
// another one does: two daemons must never share a directory.
class DirectoryLock {
 public:
  static Result<DirectoryLock> acquire(const std::string& path);
  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

// Room left for us on the file system that holds `path`.
Result<std::uint64_t> free_bytes(const std::string& path);

// A whole small file that an operator wrote (configuration, a secret).
Result<std::string> read_text_file(const std::string& path, std::size_t size_bytes_max);

}  // namespace slotcast::io
