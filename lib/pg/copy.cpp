#include "lib/pg/copy.h"

#include <libpq-fe.h>

#include <utility>

#include "lib/pg/sqlstate.h"

namespace slotcast::pg {
namespace {

Error error_of(const PGresult* result, const Connection& connection) {
  Error error = connection.last_error("COPY");
  const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  if (sqlstate != nullptr) error.kind = kind_of_sqlstate(sqlstate);
  return error;
}

}  // namespace

Result<CopyOut> CopyOut::start(Connection& connection, const std::string& sql) {
  const auto started = connection.query(sql);
  if (!started.ok()) return started.error().prefixed("COPY");
  return CopyOut(connection);
}

CopyOut::CopyOut(CopyOut&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)),
      buffer_(std::exchange(other.buffer_, nullptr)) {}

CopyOut::~CopyOut() {
  PQfreemem(buffer_);
  if (connection_ == nullptr) return;
  if (PGcancel* cancel = PQgetCancel(connection_->handle())) {
    char message[256];
    PQcancel(cancel, message, sizeof message);
    PQfreeCancel(cancel);
  }
  // What was on its way has to be read before the connection takes another command.
  char* rest = nullptr;
  while (PQgetCopyData(connection_->handle(), &rest, 0) > 0) PQfreemem(rest);
  while (PGresult* result = PQgetResult(connection_->handle())) PQclear(result);
}

Result<std::optional<Bytes>> CopyOut::next() {
  if (connection_ == nullptr) return std::optional<Bytes>();
  PQfreemem(buffer_);
  buffer_ = nullptr;
  const int size = PQgetCopyData(connection_->handle(), &buffer_, 0);
  if (size > 0) {
    // The last byte is the newline.
    return std::optional<Bytes>(
        Bytes(reinterpret_cast<const std::byte*>(buffer_), static_cast<std::size_t>(size) - 1));
  }
  Connection& connection = *std::exchange(connection_, nullptr);
  if (size == -2) return connection.last_error("COPY");
  // The end: how the command went is said behind the rows.
  std::optional<Error> failed;
  while (PGresult* result = PQgetResult(connection.handle())) {
    if (PQresultStatus(result) != PGRES_COMMAND_OK && !failed) {
      failed = error_of(result, connection);
    }
    PQclear(result);
  }
  if (failed) return *failed;
  return std::optional<Bytes>();
}

}  // namespace slotcast::pg
