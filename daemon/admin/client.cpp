#include "daemon/admin/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace slotcast::admin {
namespace {

int connect_to(const std::string& host, unsigned short port, std::chrono::seconds patience) {
  const bool is_v6 = host.find(':') != std::string::npos;
  const int socket = ::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return -1;
  const timeval timeout{static_cast<time_t>(patience.count()), 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  ::inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host.c_str(), &v4.sin_addr);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  ::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr);
  const auto* address = is_v6 ? reinterpret_cast<sockaddr*>(&v6) : reinterpret_cast<sockaddr*>(&v4);
  if (::connect(socket, address, is_v6 ? sizeof v6 : sizeof v4) == 0) return socket;
  const int problem = errno;
  ::close(socket);
  errno = problem;
  return -1;
}

// Sends one request and takes the answer; closes the socket.
Result<Fetched> exchange(int socket, const std::string& request, const std::string& address) {
  std::string answer;
  char chunk[16384];
  ssize_t got = ::send(socket, request.data(), request.size(), MSG_NOSIGNAL);
  while (got > 0 && (got = ::recv(socket, chunk, sizeof chunk, 0)) > 0) {
    answer.append(chunk, static_cast<std::size_t>(got));
  }
  ::close(socket);
  const std::size_t body = answer.find("\r\n\r\n");
  Fetched fetched;
  if (!answer.starts_with("HTTP/1.1 ") || body == std::string::npos) {
    return transient("no proper answer from " + address);
  }
  std::from_chars(answer.data() + 9, answer.data() + 12, fetched.status);
  fetched.body = answer.substr(body + 4);
  return fetched;
}

}  // namespace

Result<Fetched> fetch(const std::string& host, unsigned short port, const std::string& path) {
  const std::string address = host + ":" + std::to_string(port);
  const int socket = connect_to(host, port, std::chrono::seconds(5));
  if (socket < 0) {
    return transient("nothing answers at " + address + " (" + std::strerror(errno) +
                     "); is the daemon running, with this configuration's admin.listen?");
  }
  return exchange(
      socket, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", address);
}

Result<std::optional<Fetched>> send(const std::string& host, unsigned short port,
                                    const std::string& target, const std::string& body,
                                    std::chrono::seconds patience) {
  const std::string address = host + ":" + std::to_string(port);
  const int socket = connect_to(host, port, patience);
  if (socket < 0 && errno == ECONNREFUSED) return std::optional<Fetched>();
  if (socket < 0) return transient("cannot reach " + address + ": " + std::strerror(errno));
  const std::string request = "POST " + target +
                              " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: "
                              "application/json\r\nContent-Length: " +
                              std::to_string(body.size()) + "\r\n\r\n" + body;
  TRY_ASSIGN(Fetched fetched, exchange(socket, request, address));
  return std::optional<Fetched>(std::move(fetched));
}

}  // namespace slotcast::admin
