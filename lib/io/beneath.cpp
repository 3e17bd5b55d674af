#include "lib/io/beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "lib/io/file.h"
#include "lib/io/posix_call.h"

namespace slotcast::io {
namespace {

int open_one(int parent, const std::string& name, std::uint64_t flags, mode_t mode) {
  const int all = static_cast<int>(flags) | O_NOFOLLOW | O_CLOEXEC;
  while (true) {
    const int opened = ::openat(parent, name.c_str(), all, mode);
    if (opened >= 0 || errno != EINTR) return opened;
  }
}

}  // namespace

Descriptor::~Descriptor() {
  if (value_ >= 0) ::close(value_);
}

Result<Descriptor> open_in_steps(int root, const std::string& path, std::uint64_t flags,
                                 mode_t mode) {
  TRY(check_path(path));
  Descriptor parent(-1);
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = path.find('/', begin);
    const int from = parent.get() < 0 ? root : parent.get();
    if (end == path.npos) {
      const std::string last = path.empty() ? "." : path.substr(begin);
      Descriptor opened(open_one(from, last, flags, mode));
      if (opened.get() < 0) return last_error("open " + path);
      return opened;
    }
    Descriptor next(
        open_one(from, path.substr(begin, end - begin), O_PATH | O_DIRECTORY, /*mode=*/0));
    if (next.get() < 0) return last_error("open " + path);
    parent = std::move(next);
    begin = end + 1;
  }
}

Result<Descriptor> open_beneath(int root, const std::string& path, std::uint64_t flags,
                                mode_t mode) {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  TRY(check_path(path));
  const char* name = path.empty() ? "." : path.c_str();
  while (true) {
    const long opened = ::syscall(SYS_openat2, root, name, &how, sizeof how);
    if (opened >= 0) return Descriptor(static_cast<int>(opened));
    // Before Linux 5.6, or forbidden by a container that does not know the call.
    if (errno == ENOSYS || errno == EPERM) return open_in_steps(root, path, flags, mode);
    if (errno != EINTR && errno != EAGAIN) return last_error("open " + path);
  }
}

}  // namespace slotcast::io
