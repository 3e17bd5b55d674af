#include "daemon/service_notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace slotcast {

ServiceNotify::ServiceNotify() {
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  if (path == nullptr || std::strlen(path) < 2 || std::strlen(path) >= sizeof address.sun_path) {
    return;
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path, std::strlen(path));
  if (path[0] == '@') address.sun_path[0] = '\0';  // the abstract namespace
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
  if (socket_ >= 0 && ::connect(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0) {
    ::close(socket_);
    socket_ = -1;
  }
}

ServiceNotify::~ServiceNotify() {
  if (socket_ >= 0) ::close(socket_);
}

void ServiceNotify::send(const std::string& message) const {
  if (socket_ < 0) return;
  const ssize_t sent = ::send(socket_, message.data(), message.size(), MSG_NOSIGNAL);
  static_cast<void>(sent);
}

}  // namespace slotcast
