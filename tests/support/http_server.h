#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace slotcast::test {

struct HttpRequest {
  std::string method;
  std::string target;  // path and parameters, as they came
  std::string head;    // all of it, with the empty line at its end
  std::string body;

  // "" when there is none; `name` in any case.
  std::string header(const std::string& name) const;
};

struct HttpReply {
  enum class Then {
    KeepOpen,
    Reset,  // cut, also what was sent just before
    Stall,  // nothing more until the client gives up
  };
  std::string bytes;
  Then then = Then::KeepOpen;
};

// A whole answer; `headers` as lines with their ends.
HttpReply http_reply(int status, const std::string& body, const std::string& headers = "");

// A server on loopback whose answers a test makes up. Each connection has a thread; the handler is
// called under a lock.
class HttpServer {
 public:
  using Handler = std::function<HttpReply(const HttpRequest&)>;
  explicit HttpServer(Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int connections() const { return connections_; }

 private:
  void accept_all();
  void serve(int socket);
  bool answer(int socket, std::string& pending);

  const Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::mutex handling_;
  std::mutex sockets_lock_;
  std::vector<int> sockets_;
  std::atomic<int> connections_ = 0;
  std::list<std::thread> serving_;
  std::thread accepting_;
};

}  // namespace slotcast::test
