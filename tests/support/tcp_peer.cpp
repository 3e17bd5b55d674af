#include "tests/support/tcp_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <utility>

namespace slotcast::test {
namespace {

sockaddr_in loopback(unsigned short port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

unsigned short free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  REQUIRE(::bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(socket);
  return ntohs(address.sin_port);
}

TcpPeer::TcpPeer(unsigned short port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  const sockaddr_in address = loopback(port);
  REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

TcpPeer::~TcpPeer() {
  if (socket_ >= 0) ::close(socket_);
}

TcpPeer::TcpPeer(TcpPeer&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), closed_(other.closed_) {}

bool TcpPeer::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string TcpPeer::receive_all(int milliseconds) {
  return receive(SIZE_MAX, milliseconds);
}

std::string TcpPeer::receive(std::size_t bytes, int milliseconds) {
  std::string all;
  char chunk[16384];
  pollfd ready{socket_, POLLIN, 0};
  while (all.size() < bytes && ::poll(&ready, 1, milliseconds) == 1) {
    const ssize_t got = ::recv(socket_, chunk, std::min(sizeof chunk, bytes - all.size()), 0);
    closed_ = got <= 0;
    if (closed_) break;
    all.append(chunk, static_cast<std::size_t>(got));
  }
  return all;
}

}  // namespace slotcast::test
