#include "daemon/service_notify.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "tests/support/temp_dir.h"

using namespace slotcast;

namespace {

// The service manager's end, as sd_notify(3) describes it.
class Ear {
 public:
  explicit Ear(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    const std::size_t size = offsetof(sockaddr_un, sun_path) + name.size();
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), static_cast<socklen_t>(size)) ==
            0);
    const timeval timeout{2, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  ~Ear() {
    ::unsetenv("NOTIFY_SOCKET");
    close();
  }
  Ear(const Ear&) = delete;
  Ear& operator=(const Ear&) = delete;

  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }
  std::string hear() const {
    char text[256];
    const ssize_t size = ::recv(socket_, text, sizeof text, 0);
    return size < 0 ? "(nothing)" : std::string(text, static_cast<std::size_t>(size));
  }

 private:
  int socket_;
};

}  // namespace

TEST_CASE("notify: the manager hears each state, by a path or an abstract name", "[notify]") {
  const test::TempDir directory;
  const std::string abstract = "@slotcast-test-" + std::to_string(::getpid());
  for (const std::string& name : {directory.path() + "/notify", abstract}) {
    CAPTURE(name);
    const Ear ear(name);
    const ServiceNotify notify;
    notify.ready();
    CHECK(ear.hear() == "READY=1");
    notify.watchdog();
    CHECK(ear.hear() == "WATCHDOG=1");
    notify.stopping();
    CHECK(ear.hear() == "STOPPING=1");
  }
}

TEST_CASE("notify: no manager, a vanished one and a name too long are all fine", "[notify]") {
  ::unsetenv("NOTIFY_SOCKET");
  ServiceNotify().ready();
  for (const std::string& name : {std::string(), std::string("/"), std::string("/nowhere/at/all"),
                                  "/" + std::string(200, 'x')}) {
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    ServiceNotify().ready();
  }
  const test::TempDir directory;
  Ear ear(directory.path() + "/notify");
  const ServiceNotify notify;
  ear.close();
  notify.ready();
  notify.watchdog();
}
