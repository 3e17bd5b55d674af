#pragma once

#include <optional>
#include <string>

#include "lib/base/bytes.h"
#include "lib/pg/connection.h"

namespace slotcast::pg {

// The rows of one `COPY … TO STDOUT` in text format, one after the other.
// Threads: one, the connection's. The connection can do nothing else until the end or the
// destructor, which cancels what is left.
// Source: PostgreSQL documentation, COPY, and libpq, "Retrieving Data for COPY".
class CopyOut {
 public:
  // Runs `sql`, which must be such a COPY. The connection must outlive it.
  static Result<CopyOut> start(Connection& connection, const std::string& sql);
  CopyOut(CopyOut&& other) noexcept;
  CopyOut& operator=(CopyOut&&) = delete;
  ~CopyOut();

  // The next row without its newline, valid until the next call; nothing at the end. Waits for the
  // server. An error that the server sends in the middle has its own kind, by SQLSTATE.
  Result<std::optional<Bytes>> next();

 private:
  explicit CopyOut(Connection& connection) : connection_(&connection) {}

  Connection* connection_;  // null when at the end
  char* buffer_ = nullptr;
};

}  // namespace slotcast::pg
