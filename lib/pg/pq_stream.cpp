#include "lib/pg/pq_stream.h"

#include <libpq-fe.h>
#include <poll.h>

#include <chrono>
#include <thread>

#include "lib/pg/sqlstate.h"

namespace slotcast::pg {
namespace {

using std::chrono::microseconds;

constexpr std::size_t kDataHeaderBytes = 25;  // 'w', start, end, clock
constexpr std::size_t kKeepaliveBytes = 18;   // 'k', end, clock, reply now
constexpr std::int64_t kPgEpochUnixSeconds = 946684800;

class PqStream final : public ReplicationStream {
 public:
  explicit PqStream(Connection connection)
      : connection_(std::move(connection)), handle_(connection_.handle()) {}
  ~PqStream() override { PQfreemem(buffer_); }

  Result<std::optional<Incoming>> next() override {
    PQfreemem(buffer_);
    buffer_ = nullptr;
    const int size = PQgetCopyData(handle_, &buffer_, 1);
    if (size == 0) return std::optional<Incoming>();
    if (size < 0) return end_of_stream(size);
    return parse(
        Bytes(reinterpret_cast<const std::byte*>(buffer_), static_cast<std::size_t>(size)));
  }

  Result<bool> wait(Duration at_most) override {
    const int pending = PQflush(handle_);
    if (pending < 0) return connection_.last_error("stream");
    pollfd socket{PQsocket(handle_), static_cast<short>(pending > 0 ? POLLIN | POLLOUT : POLLIN),
                  0};
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(at_most).count();
    const int ready = ::poll(&socket, 1, static_cast<int>(ms));
    if (ready <= 0) return false;
    if (PQconsumeInput(handle_) == 0) return connection_.last_error("stream");
    return true;
  }

  Status send(const Feedback& feedback) override {
    std::byte message[34];
    message[0] = std::byte{'r'};
    store_be(message + 1, feedback.write.value);
    store_be(message + 9, feedback.flush.value);
    store_be(message + 17, feedback.flush.value);
    const auto now = std::chrono::duration_cast<microseconds>(
        SystemClock().wall().time_since_epoch() - std::chrono::seconds(kPgEpochUnixSeconds));
    store_be(message + 25, static_cast<std::uint64_t>(now.count()));
    message[33] = std::byte{feedback.ask_reply};
    const int queued =
        PQputCopyData(handle_, reinterpret_cast<const char*>(message), sizeof message);
    if (queued < 0 || PQflush(handle_) < 0) return connection_.last_error("feedback");
    return {};
  }

  // A unix socket's buffer holds only some 270 small messages, and the server sleeps when it is
  // full: longer pauses cost more than they save. TCP buffers more. TLS adds a record per message,
  // which the pause cannot save.
  Status gulp() override {
    const bool short_pause = connection_.is_unix_socket() || connection_.uses_tls();
    std::this_thread::sleep_for(short_pause ? microseconds(60) : microseconds(200));
    if (PQconsumeInput(handle_) == 0) return connection_.last_error("stream");
    return {};
  }

 private:
  static Result<std::optional<Incoming>> parse(Bytes bytes) {
    Incoming incoming;
    const auto kind = static_cast<char>(bytes[0]);
    if (kind == 'w' && bytes.size() > kDataHeaderBytes) {
      incoming.kind = Incoming::Kind::Message;
      incoming.message = bytes.subspan(kDataHeaderBytes);
      return std::optional<Incoming>(incoming);
    }
    if (kind == 'k' && bytes.size() == kKeepaliveBytes) {
      incoming.kind = Incoming::Kind::Keepalive;
      incoming.wal_end = {load_be<std::uint64_t>(bytes.data() + 1)};
      incoming.reply_now = bytes[17] != std::byte{0};
      return std::optional<Incoming>(incoming);
    }
    return corrupt("stream: malformed frame '" + std::string(1, kind) + "' of " +
                   std::to_string(bytes.size()) + " bytes");
  }

  // -1: the server ended the COPY, and a result says why; -2: the connection broke.
  Error end_of_stream(int code) {
    if (code == -2) return connection_.last_error("stream");
    Error error = transient("stream: the server ended it");
    while (PGresult* result = PQgetResult(handle_)) {
      const ExecStatusType status = PQresultStatus(result);
      if (status == PGRES_FATAL_ERROR) {
        const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        error = connection_.last_error("stream");
        if (sqlstate != nullptr) error.kind = kind_of_sqlstate(sqlstate);
      }
      PQclear(result);
      // After the server's CopyDone libpq would offer our half of the COPY again and again.
      if (status == PGRES_COPY_IN || PQstatus(handle_) != CONNECTION_OK) break;
    }
    return error;
  }

  Connection connection_;
  PGconn* handle_;
  char* buffer_ = nullptr;
};

// Every name quoted as an identifier, and the list of them as a literal.
std::string publication_names(const Connection& connection, const Options& options) {
  return connection.escape_literal(connection.escape_identifier(options.publication) + "," +
                                   connection.escape_identifier(options.insert_publication()));
}

}  // namespace

Result<std::unique_ptr<ReplicationStream>> start_stream(Connection replication,
                                                        const Options& options, Lsn start) {
  const int version = replication.server_version();
  std::string command = "START_REPLICATION SLOT " + replication.escape_identifier(options.slot) +
                        " LOGICAL " + to_string(start) + " (proto_version '1', publication_names " +
                        publication_names(replication, options);
  if (version >= 140000) command += ", messages 'true'";
  if (version >= 160000) command += ", origin 'any'";
  const auto started = replication.query(command + ")");
  if (!started.ok()) return started.error().prefixed("START_REPLICATION");
  if (PQsetnonblocking(replication.handle(), 1) != 0) return replication.last_error("stream");
  return std::unique_ptr<ReplicationStream>(std::make_unique<PqStream>(std::move(replication)));
}

}  // namespace slotcast::pg
