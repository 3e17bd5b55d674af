#include "lib/pg/copy.h"

#include <libpq-fe.h>
#include <poll.h>

#include <chrono>
#include <thread>
#include <utility>

#include "lib/pg/sqlstate.h"

namespace slotcast::pg {
namespace {

constexpr int kTickMs = 200;
// The server sends 8 KiB at a time and would wake us for each, which costs both sides a context
// switch; so much later a few of them are there, and the socket is not full yet.
constexpr std::chrono::microseconds kPause{300};
constexpr int kCancelTicks = 15;

Error error_of(const PGresult* result, const Connection& connection) {
  Error error = connection.last_error("COPY");
  const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  if (sqlstate != nullptr) error.kind = kind_of_sqlstate(sqlstate);
  return error;
}

}  // namespace

Result<CopyOut> CopyOut::start(Connection& connection, const std::string& sql, Waiting waiting) {
  // The server says that it begins only with the first rows: a sort in front takes its time.
  const auto wait = waiting ? waiting : [] { return Status(); };
  const auto started = connection.query_while(sql, wait);
  if (!started.ok()) return started.error().prefixed("COPY");
  return CopyOut(connection, std::move(waiting));
}

CopyOut::CopyOut(CopyOut&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)),
      waiting_(std::move(other.waiting_)),
      buffer_(std::exchange(other.buffer_, nullptr)) {}

CopyOut::~CopyOut() {
  PQfreemem(buffer_);
}

Status CopyOut::cancel() {
  if (connection_ == nullptr) return {};
  if (PGcancel* cancel = PQgetCancel(connection_->handle())) {
    char message[256];
    PQcancel(cancel, message, sizeof message);
    PQfreeCancel(cancel);
  }
  // What was on its way has to be read before the connection takes another command.
  waiting_ = [ticks = 0]() mutable -> Status {
    if (++ticks < kCancelTicks) return {};
    return transient("COPY: the server does not answer to its cancellation");
  };
  int size = 1;
  while (size > 0) {
    TRY_ASSIGN(size, read_row());
  }
  while (PGresult* result = PQgetResult(connection_->handle())) PQclear(result);
  connection_ = nullptr;
  return {};
}

// As PQgetCopyData() says it, but never waiting longer than a tick.
Result<int> CopyOut::read_row() {
  PQfreemem(buffer_);
  buffer_ = nullptr;
  for (int attempt = 0;; ++attempt) {
    const int size = PQgetCopyData(connection_->handle(), &buffer_, 1);
    if (size != 0) return size;
    // What is there already; then what comes in a moment; then whatever comes.
    if (attempt == 1) {
      std::this_thread::sleep_for(kPause);
    } else if (attempt > 1) {
      pollfd socket{PQsocket(connection_->handle()), POLLIN, 0};
      if (::poll(&socket, 1, kTickMs) == 0 && waiting_) TRY(waiting_());
    }
    if (PQconsumeInput(connection_->handle()) == 0) return -2;
  }
}

Result<std::optional<Bytes>> CopyOut::next() {
  if (connection_ == nullptr) return std::optional<Bytes>();
  TRY_ASSIGN(const int size, read_row());
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
