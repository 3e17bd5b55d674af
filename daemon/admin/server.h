#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "daemon/admin/orders.h"
#include "daemon/admin/snapshot.h"
#include "lib/base/result.h"

namespace slotcast::admin {

// The admin HTTP server: status, metrics, health, for loopback only. Its own thread and nothing
// else's: a slow or hostile client never touches the data's way. GET and HEAD, and POST for orders
// from this machine; one request a connection's time at most 30 s, headers at most 16 KiB, 64
// connections.
//
// Threads: start() and stop() from the owner; `take` is called from the server's thread,
//          `carry_out` from others of its own.
// Errors:  Invalid when the address cannot be listened on.
class Server {
 public:
  Server(std::string host, unsigned short port, std::function<Snapshot()> take, CarryOut carry_out);
  ~Server();

  Status start();
  void stop();

 private:
  struct State;  // Boost.Asio and Beast stop in server.cpp

  const std::string host_;
  const unsigned short port_;
  const std::function<Snapshot()> take_;
  const CarryOut carry_out_;
  std::unique_ptr<State> state_;
  std::thread thread_;
};

}  // namespace slotcast::admin
