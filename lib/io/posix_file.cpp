#include "lib/io/posix_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "lib/io/posix_call.h"

namespace slotcast::io {

PosixFile::PosixFile(int descriptor, std::string path)
    : descriptor_(descriptor), path_(std::move(path)) {}

PosixFile::~PosixFile() {
  ::close(descriptor_);
}

Status PosixFile::write_at(std::uint64_t offset, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      return last_error("write " + path_);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return {};
}

Result<std::size_t> PosixFile::read_at(std::uint64_t offset, std::span<std::byte> into) const {
  std::size_t total = 0;
  while (total < into.size()) {
    const ssize_t got = ::pread(descriptor_, into.data() + total, into.size() - total,
                                static_cast<off_t>(offset + total));
    if (got < 0) {
      if (errno == EINTR) continue;
      return last_error("read " + path_);
    }
    if (got == 0) break;
    total += static_cast<std::size_t>(got);
  }
  return total;
}

Status PosixFile::sync() {
#ifdef SLOTCAST_WITHOUT_SYNC
  return {};
#else
  if (::fdatasync(descriptor_) == 0) return {};
  // Whatever the reason, the kernel may have dropped the pages: no answer but the end is safe.
  Error error = last_error("sync " + path_);
  error.kind = ErrorKind::Corrupt;
  return error;
#endif
}

// An error of the disk comes back from sync().
void PosixFile::start_write_back(std::uint64_t offset, std::uint64_t size_bytes) {
  ::sync_file_range(descriptor_, static_cast<off_t>(offset), static_cast<off_t>(size_bytes),
                    SYNC_FILE_RANGE_WRITE);
}

Result<std::uint64_t> PosixFile::size() const {
  struct stat facts{};
  if (::fstat(descriptor_, &facts) != 0) return last_error("stat " + path_);
  return static_cast<std::uint64_t>(facts.st_size);
}

Status PosixFile::truncate(std::uint64_t size_bytes) {
  if (::ftruncate(descriptor_, static_cast<off_t>(size_bytes)) == 0) return {};
  return last_error("truncate " + path_);
}

}  // namespace slotcast::io
