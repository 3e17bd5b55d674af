#pragma once

#include <functional>
#include <optional>
#include <string>

#include "lib/base/bytes.h"
#include "lib/pg/connection.h"

namespace slotcast::pg {

// The rows of one `COPY … TO STDOUT` in text format, one after the other.
// Threads: one, the connection's. Before the end or cancel() the connection can do nothing but be
// closed.
// Source: PostgreSQL documentation, COPY, and libpq, "Retrieving Data for COPY".
class CopyOut {
 public:
  // Asked now and then while the server sends nothing; an error ends the copy.
  using Waiting = std::function<Status()>;

  // Runs `sql`, which must be such a COPY. The connection must outlive it.
  static Result<CopyOut> start(Connection& connection, const std::string& sql,
                               Waiting waiting = nullptr);
  CopyOut(CopyOut&& other) noexcept;
  CopyOut& operator=(CopyOut&&) = delete;
  ~CopyOut();

  // Ends it early, so that the connection can go on. Asks the server on a connection of its own:
  // not for one that may hang.
  Status cancel();

  // The next row without its newline, valid until the next call; nothing at the end. Waits for the
  // server, which may have to pass over many rows before the first that it sends. An error that the
  // server sends in the middle has its own kind, by SQLSTATE.
  Result<std::optional<Bytes>> next();

 private:
  CopyOut(Connection& connection, Waiting waiting)
      : connection_(&connection), waiting_(std::move(waiting)) {}
  Result<int> read_row();

  Connection* connection_;  // null when at the end
  Waiting waiting_;
  char* buffer_ = nullptr;
};

}  // namespace slotcast::pg
