#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/http_server.h"

namespace slotcast::test {

enum class Fault {
  SlowDown,        // 503, and the server never sees the request
  NotImplemented,  // 501, likewise
  Stall,           // nobody answers, and the server never sees the request
  Cut,             // the server gets half of the body, then both sides lose the connection
  Damage,          // a byte of the body is another one on its way
  LoseAnswer,      // the server did it, and the connection is reset before its answer
  Late,            // the connection is reset, and the server gets the request by deliver_late()
  Answer500,       // the server did it, and the client is told 500
};

// Stands between a client and an S3 server, and does harm where a test says.
class FaultProxy {
 public:
  explicit FaultProxy(int server_port);

  // The next request with this method and these words in its target meets this fault.
  void plan(const std::string& method, const std::string& words, Fault fault);
  // The `call`-th request from now on (0: the next one) meets it, whatever it is.
  void plan_call(std::size_t call, Fault fault);
  // The client may use a connection again, as with a server: what is lost there it sends again by
  // itself.
  void keep_connections();
  // What was late arrives now.
  void deliver_late();
  // Whether every planned fault has happened.
  bool is_done();
  // "METHOD target" of all requests so far, those that met a fault too.
  std::vector<std::string> requests();
  int count(const std::string& method, const std::string& words);

  std::string url() const { return server_.url(); }

 private:
  struct Plan {
    std::string method;
    std::string words;
    Fault fault;
    std::optional<std::size_t> at;  // counted in requests; then the words do not matter
  };
  HttpReply handle(const HttpRequest& request);
  HttpReply suffer(Fault fault, const HttpRequest& request);

  const int server_port_;
  std::mutex lock_;
  bool keeps_connections_ = false;
  std::vector<Plan> plans_;
  std::vector<std::string> late_;
  std::vector<std::string> requests_;
  HttpServer server_;
};

}  // namespace slotcast::test
