#include "daemon/admin/server.h"

#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "daemon/admin/client.h"
#include "daemon/admin/json.h"
#include "tests/support/snapshots.h"
#include "tests/support/tcp_peer.h"

using namespace slotcast;
using test::TcpPeer;
using Steady = std::chrono::steady_clock;

namespace {

// A server on a port of its own. `taken` counts the snapshots asked of the daemon.
struct Running {
  std::atomic<int> taken = 0;
  std::vector<admin::Order> ordered;  // read after the answer came
  unsigned short port = test::free_port();
  admin::Server server{"127.0.0.1", port,
                       [this] {
                         ++taken;
                         return test::healthy_snapshot();
                       },
                       [this](const admin::Order& order) {
                         ordered.push_back(order);
                         return admin::Answer{200, "text/plain", "done\n"};
                       }};
  Running() { REQUIRE(server.start().ok()); }

  // One request on its own connection; the answer until the server closes.
  std::string ask(const std::string& head) const {
    TcpPeer peer(port);
    REQUIRE(peer.send(head));
    const std::string answer = peer.receive_all();
    CHECK(peer.is_closed());
    return answer;
  }
  bool is_alive() const {
    const auto fetched = admin::fetch("127.0.0.1", port, "/healthz");
    return fetched.ok() && fetched.value().status == 200 && fetched.value().body == "ok\n";
  }
};

std::string request(const std::string& method, const std::string& path,
                    const std::string& host = "localhost") {
  return method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
}

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) {
    ++found;
  }
  return found;
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

}  // namespace

TEST_CASE("server: the pages come as they are, and HEAD without their bodies", "[admin]") {
  const Running running;
  const std::string body = admin::status_json(test::healthy_snapshot());
  const std::string got = running.ask(request("GET", "/v1/status"));
  CHECK(got.starts_with("HTTP/1.1 200 "));
  CHECK(got.ends_with("\r\n\r\n" + body));
  CHECK(got.find("Content-Type: application/json\r\n") != std::string::npos);
  CHECK(got.find("Access-Control") == std::string::npos);

  const std::string head = running.ask(request("HEAD", "/v1/status"));
  CHECK(head.starts_with("HTTP/1.1 200 "));
  CHECK(head.ends_with("\r\n\r\n"));
  CHECK(head.find("Content-Length: " + std::to_string(body.size())) != std::string::npos);
  CHECK(running.ask(request("GET", "/nowhere")).starts_with("HTTP/1.1 404 "));
}

TEST_CASE("server: other methods are 405 with Allow and ask nothing of the daemon", "[admin]") {
  const Running running;
  for (const char* method : {"PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"}) {
    CAPTURE(method);
    const std::string answer = running.ask(request(method, "/v1/status"));
    CHECK(answer.starts_with("HTTP/1.1 405 "));
    CHECK(answer.find("Allow: GET, HEAD\r\n") != std::string::npos);
  }
  CHECK(running.taken == 0);
}

TEST_CASE("server: an order is carried out once, and only one that a browser cannot send",
          "[admin]") {
  const Running running;
  const auto post = [&](const std::string& target, const std::string& type, const std::string& body,
                        const std::string& host = "localhost") {
    return running.ask("POST " + target + " HTTP/1.1\r\nHost: " + host +
                       "\r\nConnection: close\r\nContent-Type: " + type +
                       "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  };
  const std::string json = "application/json";
  const std::string body = R"({"pipeline":"shop"})";
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded",
                           "multipart/form-data; boundary=application/json", ""}) {
    CHECK(post("/v1/sinks/lake/pause", type, body).starts_with("HTTP/1.1 415 "));
  }
  CHECK(post("/v1/sinks/lake/pause", json, body, "evil.example").starts_with("HTTP/1.1 421 "));
  CHECK(post("/v1/sinks/lake/pause", json, "{}").starts_with("HTTP/1.1 400 "));
  CHECK(post("/v1/sinks/lake/drop", json, body).starts_with("HTTP/1.1 405 "));
  CHECK(post("/v1/status", json, body).starts_with("HTTP/1.1 405 "));
  CHECK(running.ordered.empty());
  const std::string done = post("/v1/sinks/lake/pause", json, body);
  CHECK(done.starts_with("HTTP/1.1 200 "));
  CHECK(done.ends_with("\r\n\r\ndone\n"));
  REQUIRE(running.ordered.size() == 1);
  CHECK(running.ordered[0].sink == "lake");
  CHECK(running.ordered[0].verb == admin::Order::Verb::Pause);
  CHECK(running.taken == 0);
}

TEST_CASE("server: while an order is carried out the pages answer", "[admin]") {
  const unsigned short port = test::free_port();
  std::atomic<bool> go_on = false;
  admin::Server server(
      "127.0.0.1", port, [] { return test::healthy_snapshot(); },
      [&](const admin::Order&) {
        while (!go_on) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return admin::Answer{};
      });
  REQUIRE(server.start().ok());
  std::thread waiting([&] {
    const auto sent = admin::send("127.0.0.1", port, "/v1/cut", R"({"pipeline":"shop"})",
                                  std::chrono::seconds(60));
    CHECK((sent.ok() && sent.value() && sent.value()->status == 200));
  });
  for (int i = 0; i < 5; ++i) {
    const auto fetched = admin::fetch("127.0.0.1", port, "/healthz");
    CHECK((fetched.ok() && fetched.value().status == 200));
  }
  go_on = true;
  waiting.join();
  server.stop();
  const auto nobody =
      admin::send("127.0.0.1", test::free_port(), "/v1/cut", "{}", std::chrono::seconds(1));
  CHECK((nobody.ok() && !nobody.value()));
}

TEST_CASE("server: a Host that is not ours is refused, as DNS rebinding would send it", "[admin]") {
  const Running running;
  for (const char* host : {"evil.example", "evil.example:80", "localhost.evil.example", "",
                           "127.0.0.1.evil.example", "[::1", "[::1].evil.example", "0.0.0.0"}) {
    CAPTURE(host);
    CHECK(running.ask(request("GET", "/v1/status", host)).starts_with("HTTP/1.1 421 "));
  }
  CHECK(running.ask("GET / HTTP/1.0\r\n\r\n").find(" 421 ") != std::string::npos);
  CHECK(running.taken == 0);
  const std::string port = ":" + std::to_string(running.port);
  for (const std::string name : {"localhost", "127.0.0.1", "[::1]"}) {
    for (const std::string& host : {name, name + port}) {
      CAPTURE(host);
      CHECK(running.ask(request("GET", "/healthz", host)).starts_with("HTTP/1.1 200 "));
    }
  }
}

TEST_CASE("server: a hundred pipelined requests get a hundred answers in order", "[admin]") {
  const Running running;
  TcpPeer peer(running.port);
  std::string requests;
  for (int i = 0; i < 99; ++i) {
    requests += i % 2 == 0 ? "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
                           : "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n";
  }
  REQUIRE(peer.send(requests + request("GET", "/readyz")));
  const std::string answers = peer.receive_all();
  CHECK(count(answers, "HTTP/1.1 200 ") == 51);
  CHECK(count(answers, "HTTP/1.1 404 ") == 49);
  CHECK(answers.ends_with("\r\n\r\nready\n"));
}

TEST_CASE("server: what is not HTTP, or too large, ends its own connection only", "[admin]") {
  const Running running;
  const std::string bad[] = {
      std::string(64, '\0'),
      "\x16\x03\x01\x02 a TLS client hello\r\n\r\n",
      "GET\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      "GET / HTTP/1.1\r\nno colon\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n",
      "GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
  };
  for (const std::string& bytes : bad) {
    CAPTURE(bytes.substr(0, 60));
    TcpPeer peer(running.port);
    peer.send(bytes);
    CHECK(peer.receive_all().find(" 200 ") == std::string::npos);
    CHECK(peer.is_closed());
  }
  CHECK(running.taken == 0);
  CHECK(running.is_alive());
}

TEST_CASE("server: a header that drips is cut after five seconds, others are served meanwhile",
          "[admin]") {
  const Running running;
  TcpPeer slow(running.port);
  REQUIRE(slow.send("GET / HTTP/1.1\r\n"));
  const auto begin = Steady::now();
  while (!slow.is_closed() && Steady::now() - begin < std::chrono::seconds(12)) {
    slow.send("X");
    CHECK(running.is_alive());
    slow.receive_all(300);
  }
  const auto lasted = Steady::now() - begin;
  CHECK(slow.is_closed());
  CHECK(lasted > std::chrono::seconds(4));
  CHECK(lasted < std::chrono::seconds(8));
}

TEST_CASE("server: the 65th connection is closed at once, and room comes back", "[admin]") {
  const Running running;
  {
    std::vector<TcpPeer> idle;
    for (int i = 0; i < 64; ++i) {
      idle.emplace_back(running.port);
      REQUIRE(idle.back().send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
      CHECK(idle.back().receive(12) == "HTTP/1.1 200");
    }
    TcpPeer surplus(running.port);
    CHECK(surplus.receive_all().empty());
    CHECK(surplus.is_closed());
    REQUIRE(idle[0].send(request("GET", "/readyz")));
    CHECK(idle[0].receive_all().ends_with("ready\n"));
  }
  bool alive = false;
  for (int i = 0; i < 100 && !alive; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    alive = running.is_alive();
  }
  CHECK(alive);
}

TEST_CASE("server: out of file descriptors it waits instead of spinning", "[admin]") {
  const Running running;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  TcpPeer before(running.port);
  REQUIRE(before.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  CHECK(before.receive(12) == "HTTP/1.1 200");
  // The client's own descriptors exist before the limit falls below the next free one.
  const int next = ::dup(0);
  ::close(next);
  rlimit tight = limit;
  tight.rlim_cur = static_cast<rlim_t>(next) + 1;
  ::setrlimit(RLIMIT_NOFILE, &tight);
  TcpPeer last(running.port);
  const double cpu = cpu_seconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  const double spent = cpu_seconds() - cpu;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  CHECK(spent < 0.3);
  REQUIRE(last.send(request("GET", "/readyz")));
  CHECK(last.receive_all().ends_with("ready\n"));
}

TEST_CASE("server: a port that is taken is Transient and says so", "[admin]") {
  const Running running;
  admin::Server second("127.0.0.1", running.port, [] { return admin::Snapshot(); }, {});
  const Status status = second.start();
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().kind == ErrorKind::Transient);
  CHECK(status.error().what.find("127.0.0.1:" + std::to_string(running.port)) != std::string::npos);
  admin::Server nowhere("not an address", 1, [] { return admin::Snapshot(); }, {});
  CHECK(nowhere.start().error().kind == ErrorKind::Invalid);
}

TEST_CASE("server: stops at once with clients in every state, and its port is free", "[admin]") {
  const unsigned short port = test::free_port();
  for (int round = 0; round < 5; ++round) {
    admin::Server server("127.0.0.1", port, [] { return test::healthy_snapshot(); }, {});
    REQUIRE(server.start().ok());
    const TcpPeer silent(port), half(port), kept(port);
    half.send("GET / HT");
    kept.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    if (round > 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const auto begin = Steady::now();
    server.stop();
    server.stop();
    CHECK(Steady::now() - begin < std::chrono::seconds(1));
  }
}

TEST_CASE("client: nobody there is Transient and tells what to check", "[admin]") {
  const unsigned short port = test::free_port();
  const auto fetched = admin::fetch("127.0.0.1", port, "/healthz");
  REQUIRE_FALSE(fetched.ok());
  CHECK(fetched.error().kind == ErrorKind::Transient);
  CHECK(fetched.error().what.find(std::to_string(port)) != std::string::npos);
  CHECK(fetched.error().what.find("admin.listen") != std::string::npos);
}
