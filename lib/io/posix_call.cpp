#include "lib/io/posix_call.h"

#include <cerrno>
#include <cstring>

namespace slotcast::io {
namespace {

ErrorKind kind_of(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
      return ErrorKind::Transient;
    case EIO:
    case ESTALE:
      return ErrorKind::Corrupt;
    default:
      return ErrorKind::Invalid;
  }
}

}  // namespace

Error error_of(int error_number, const std::string& what) {
  char buffer[128];
  const char* text = ::strerror_r(error_number, buffer, sizeof buffer);
  return {kind_of(error_number), what + ": " + text};
}

Error last_error(const std::string& what) {
  return error_of(errno, what);
}

}  // namespace slotcast::io
