#include "tests/support/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace slotcast::test {
namespace {

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool receive_more(int socket, std::string& pending) {
  char chunk[65536];
  const ssize_t got = ::recv(socket, chunk, sizeof chunk, 0);
  if (got > 0) pending.append(chunk, static_cast<std::size_t>(got));
  return got > 0;
}

void reset(int socket) {
  const linger at_once{1, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace

std::string HttpRequest::header(const std::string& name) const {
  std::size_t at = 0;
  while (at < head.size()) {
    const std::size_t end = std::min(head.find("\r\n", at), head.size());
    const std::size_t colon = head.find(':', at);
    if (colon < end && colon - at == name.size() &&
        ::strncasecmp(head.data() + at, name.data(), name.size()) == 0) {
      const std::size_t first = head.find_first_not_of(' ', colon + 1);
      return head.substr(first, end - first);
    }
    at = end + 2;
  }
  return "";
}

HttpReply http_reply(int status, const std::string& body, const std::string& headers) {
  return {"HTTP/1.1 " + std::to_string(status) + " x\r\n" + headers +
              "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body,
          HttpReply::Then::KeepOpen};
}

HttpServer::HttpServer(Handler handler)
    : handler_(std::move(handler)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, raw, size) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, raw, &size) != 0) {
    throw std::runtime_error("no port to listen on");
  }
  port_ = ntohs(address.sin_port);
  accepting_ = std::thread([this] { accept_all(); });
}

HttpServer::~HttpServer() {
  ::shutdown(listener_, SHUT_RDWR);
  accepting_.join();
  {
    const std::lock_guard lock(sockets_lock_);
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  for (std::thread& each : serving_) each.join();
  ::close(listener_);
}

void HttpServer::accept_all() {
  while (true) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    ++connections_;
    const std::lock_guard lock(sockets_lock_);
    sockets_.push_back(socket);
    serving_.emplace_back([this, socket] { serve(socket); });
  }
}

void HttpServer::serve(int socket) {
  std::string pending;
  while (answer(socket, pending)) {
  }
  const std::lock_guard lock(sockets_lock_);
  std::erase(sockets_, socket);
  ::close(socket);
}

bool HttpServer::answer(int socket, std::string& pending) {
  std::size_t end = 0;
  while ((end = pending.find("\r\n\r\n")) == std::string::npos) {
    if (!receive_more(socket, pending)) return false;
  }
  HttpRequest request;
  request.head = pending.substr(0, end + 4);
  pending.erase(0, end + 4);
  const std::size_t space = request.head.find(' ');
  request.method = request.head.substr(0, space);
  request.target = request.head.substr(space + 1, request.head.find(' ', space + 1) - space - 1);
  const std::size_t size = std::strtoul(request.header("content-length").c_str(), nullptr, 10);
  if (!request.header("expect").empty() && !send_all(socket, "HTTP/1.1 100 Continue\r\n\r\n")) {
    return false;
  }
  while (pending.size() < size) {
    if (!receive_more(socket, pending)) return false;
  }
  request.body = pending.substr(0, size);
  pending.erase(0, size);
  HttpReply reply;
  {
    const std::lock_guard lock(handling_);
    reply = handler_(request);
  }
  const bool sent = send_all(socket, reply.bytes);
  if (reply.then == HttpReply::Then::Reset) reset(socket);
  if (reply.then == HttpReply::Then::Stall) {
    while (receive_more(socket, pending)) {
    }
  }
  return sent && reply.then == HttpReply::Then::KeepOpen;
}

}  // namespace slotcast::test
