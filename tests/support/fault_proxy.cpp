#include "tests/support/fault_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace slotcast::test {
namespace {

bool matches(const std::string& method, const std::string& words, const std::string& request) {
  return request.starts_with(method + " ") && request.find(words) != std::string::npos;
}

// The body has been waited for already, and one request is one connection here.
std::string head_for_server(const HttpRequest& request) {
  std::string head;
  std::size_t at = 0;
  while (at + 2 < request.head.size()) {
    const std::size_t end = request.head.find("\r\n", at) + 2;
    const std::string line = request.head.substr(at, end - at);
    if (::strncasecmp(line.c_str(), "expect:", 7) != 0) head += line;
    at = end;
  }
  return head + "Connection: close\r\n\r\n";
}

// All that the server answers; "" when it closes without a word.
std::string ask_server(int port, const std::string& bytes) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const ssize_t now = ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (now <= 0) break;
      sent += static_cast<std::size_t>(now);
    }
    ::shutdown(socket, SHUT_WR);
    char chunk[65536];
    for (ssize_t got = 0; (got = ::recv(socket, chunk, sizeof chunk, 0)) > 0;) {
      answer.append(chunk, static_cast<std::size_t>(got));
    }
  }
  ::close(socket);
  return answer;
}

// The answer to a client that does not know of our connection to the server.
std::string without_close(std::string answer) {
  const std::string line = "Connection: close\r\n";
  const std::size_t at = answer.find(line);
  if (at < answer.find("\r\n\r\n")) answer.erase(at, line.size());
  return answer;
}

HttpReply refusal(int status, const std::string& code) {
  return http_reply(status, "<?xml version=\"1.0\"?><Error><Code>" + code +
                                "</Code><Message>made up by a test</Message></Error>");
}

}  // namespace

FaultProxy::FaultProxy(int server_port)
    : server_port_(server_port),
      server_([this](const HttpRequest& request) { return handle(request); }) {}

void FaultProxy::plan(const std::string& method, const std::string& words, Fault fault) {
  const std::lock_guard lock(lock_);
  plans_.push_back({method, words, fault, {}});
}

void FaultProxy::plan_call(std::size_t call, Fault fault) {
  const std::lock_guard lock(lock_);
  plans_.push_back({"", "", fault, requests_.size() + call});
}

void FaultProxy::keep_connections() {
  const std::lock_guard lock(lock_);
  keeps_connections_ = true;
}

void FaultProxy::deliver_late() {
  const std::lock_guard lock(lock_);
  for (const std::string& request : late_) ask_server(server_port_, request);
  late_.clear();
}

bool FaultProxy::is_done() {
  const std::lock_guard lock(lock_);
  return plans_.empty();
}

std::vector<std::string> FaultProxy::requests() {
  const std::lock_guard lock(lock_);
  return requests_;
}

int FaultProxy::count(const std::string& method, const std::string& words) {
  const std::vector<std::string> all = requests();
  return static_cast<int>(std::count_if(all.begin(), all.end(), [&](const std::string& each) {
    return matches(method, words, each);
  }));
}

HttpReply FaultProxy::handle(const HttpRequest& request) {
  const std::string name = request.method + " " + request.target;
  {
    const std::lock_guard lock(lock_);
    const std::size_t number = requests_.size();
    requests_.push_back(name);
    const auto plan = std::find_if(plans_.begin(), plans_.end(), [&](const Plan& each) {
      return each.at ? *each.at == number : matches(each.method, each.words, name);
    });
    if (plan != plans_.end()) {
      const Fault fault = plan->fault;
      plans_.erase(plan);
      return suffer(fault, request);
    }
  }
  std::string answer = ask_server(server_port_, head_for_server(request) + request.body);
  const std::lock_guard lock(lock_);
  return {keeps_connections_ ? without_close(std::move(answer)) : answer,
          HttpReply::Then::KeepOpen};
}

HttpReply FaultProxy::suffer(Fault fault, const HttpRequest& request) {
  const std::string head = head_for_server(request);
  std::string body = request.body;
  switch (fault) {
    case Fault::SlowDown:
      return refusal(503, "SlowDown");
    case Fault::NotImplemented:
      return refusal(501, "NotImplemented");
    case Fault::Stall:
      return {"", HttpReply::Then::Stall};
    case Fault::Cut:
      ask_server(server_port_, head + body.substr(0, body.size() / 2));
      return {"", HttpReply::Then::Reset};
    case Fault::Damage:
      body.at(body.size() / 2) ^= 1;
      return {ask_server(server_port_, head + body), HttpReply::Then::KeepOpen};
    case Fault::LoseAnswer:
      ask_server(server_port_, head + body);
      return {"", HttpReply::Then::Reset};
    case Fault::Late:
      late_.push_back(head + body);
      return {"", HttpReply::Then::Reset};
    case Fault::Answer500:
      ask_server(server_port_, head + body);
      return refusal(500, "InternalError");
  }
  return {};
}

}  // namespace slotcast::test
