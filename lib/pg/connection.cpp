#include "lib/pg/connection.h"

#include <libpq-fe.h>
#include <poll.h>

#include <array>
#include <chrono>
#include <utility>

#include "lib/pg/sqlstate.h"

namespace slotcast::pg {
namespace {

struct Setting {
  const char* name;
  const char* value;
};

// How values print (the first six are verified after connecting), and what must never end a
// session of ours.
constexpr std::array<Setting, 10> kPinned{{
    {"datestyle", "ISO"},
    {"intervalstyle", "postgres"},
    {"timezone", "UTC"},
    {"extra_float_digits", "3"},
    {"bytea_output", "hex"},
    {"client_encoding", "UTF8"},
    {"lc_monetary", "C"},
    {"row_security", "off"},
    {"statement_timeout", "0"},
    {"idle_in_transaction_session_timeout", "0"},
}};
constexpr std::size_t kVerified = 6;

using ResultPtr = std::unique_ptr<PGresult, decltype(&PQclear)>;

std::string one_line(std::string text, const std::string& password) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  for (char& c : text) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  if (!password.empty()) {
    for (std::size_t at = text.find(password); at != std::string::npos; at = text.find(password)) {
      text.replace(at, password.size(), "***");
    }
  }
  return text;
}

// The user's own `options` of the URI stay in force in front of ours.
std::string user_options(const std::string& uri) {
  std::string found;
  PQconninfoOption* parsed = PQconninfoParse(uri.c_str(), nullptr);
  for (const PQconninfoOption* option = parsed; option && option->keyword; ++option) {
    if (std::string_view(option->keyword) == "options" && option->val) found = option->val;
  }
  PQconninfoFree(parsed);
  return found;
}

std::string session_options(const Options& options, Connection::Mode mode) {
  std::string text;
  // Not zero: with a timeout the server keeps to its fast path and sends 15 % more per second.
  if (mode == Connection::Mode::Replication) text = "-c wal_sender_timeout=60s";
  text += " " + user_options(options.uri);
  for (const Setting& setting : kPinned) {
    text += std::string(" -c ") + setting.name + "=" + setting.value;
  }
  return text;
}

pg_conn* begin_connect(const Options& options, Connection::Mode mode) {
  const std::string settings = session_options(options, mode);
  const std::string application = "slotcast/" + options.slot;
  std::vector<const char*> keys{
      "dbname",          "fallback_application_name", "options",          "keepalives",
      "keepalives_idle", "keepalives_interval",       "keepalives_count", "tcp_user_timeout"};
  std::vector<const char*> values{
      options.uri.c_str(), application.c_str(), settings.c_str(), "1", "30", "10", "3", "60000"};
  if (!options.password.empty()) {
    keys.push_back("password");
    values.push_back(options.password.c_str());
  }
  if (mode == Connection::Mode::Replication) {
    keys.push_back("replication");
    values.push_back("database");
  }
  keys.push_back(nullptr);
  values.push_back(nullptr);
  return PQconnectStartParams(keys.data(), values.data(), 1);
}

// PQconnectPoll until it is done or the time is over; libpq's own connect_timeout would block.
bool finish_connect(pg_conn* connection, Duration timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  PostgresPollingStatusType wants = PGRES_POLLING_WRITING;
  while (wants != PGRES_POLLING_OK) {
    if (wants == PGRES_POLLING_FAILED) return true;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd socket{PQsocket(connection),
                  static_cast<short>(wants == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
    if (::poll(&socket, 1, static_cast<int>(left.count())) > 0) wants = PQconnectPoll(connection);
  }
  return true;
}

// A refused connection has no SQLSTATE to ask; these phrases are the server's own answers to a
// wrong user, password or database, which waiting does not cure.
bool is_refusal(const std::string& message) {
  for (const char* phrase :
       {"password authentication failed", "no password supplied", "no pg_hba.conf entry",
        "does not exist", "certificate verify failed", "authentication failed",
        "invalid connection option", "server certificate for"}) {
    if (message.find(phrase) != std::string::npos) {
      // "No such file or directory … does the server exist" is a server that is down.
      return message.find("socket") == std::string::npos ||
             message.find("FATAL") != std::string::npos;
    }
  }
  return false;
}

}  // namespace

Connection::Connection(pg_conn* connection, std::string password)
    : connection_(connection), password_(std::move(password)) {}

Connection::Connection(Connection&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)),
      password_(std::move(other.password_)) {}

Connection& Connection::operator=(Connection&& other) noexcept {
  std::swap(connection_, other.connection_);
  std::swap(password_, other.password_);
  return *this;
}

Connection::~Connection() {
  PQfinish(connection_);
}

Result<Connection> Connection::open(const Options& options, Mode mode) {
  Connection connection(begin_connect(options, mode), options.password);
  if (connection.connection_ == nullptr) return transient("connect: out of memory");
  if (PQstatus(connection.connection_) == CONNECTION_BAD) {
    return invalid("source.postgres: " +
                   one_line(PQerrorMessage(connection.connection_), options.password));
  }
  if (!finish_connect(connection.connection_, options.connect_timeout)) {
    return transient("connect: no answer within source.connect_timeout");
  }
  if (PQstatus(connection.connection_) != CONNECTION_OK) {
    const std::string message = one_line(PQerrorMessage(connection.connection_), options.password);
    return Error{is_refusal(message) ? ErrorKind::Invalid : ErrorKind::Transient,
                 "connect: " + message};
  }
  TRY(connection.check_settings());
  return connection;
}

Status Connection::check_settings() {
  for (std::size_t i = 0; i < kVerified; ++i) {
    TRY_ASSIGN(const Rows rows, query(std::string("SHOW ") + kPinned[i].name));
    const std::string now = rows.empty() ? "" : rows[0][0].value_or("");
    const bool fits =
        now == kPinned[i].value || now.starts_with(std::string(kPinned[i].value) + ",");
    if (!fits) {
      return invalid(std::string("the session's ") + kPinned[i].name + " is \"" + now +
                     "\" instead of \"" + kPinned[i].value +
                     "\": connect to the server itself, not through a pooler");
    }
  }
  return {};
}

Error Connection::last_error(const std::string& doing) const {
  return transient(doing + ": " + one_line(PQerrorMessage(connection_), password_));
}

Result<Rows> Connection::query(const std::string& sql, const std::vector<std::string>& parameters) {
  std::vector<const char*> values;
  for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
  const ResultPtr result(
      parameters.empty() ? PQexec(connection_, sql.c_str())
                         : PQexecParams(connection_, sql.c_str(), static_cast<int>(values.size()),
                                        nullptr, values.data(), nullptr, nullptr, 0),
      &PQclear);
  return rows_of(result.get());
}

Result<Rows> Connection::query_within(const std::string& sql, Duration patience) {
  if (PQsendQuery(connection_, sql.c_str()) == 0) return last_error("query");
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (PQisBusy(connection_) != 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      const std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> cancel(PQgetCancel(connection_),
                                                                      &PQfreeCancel);
      char problem[256];
      PQcancel(cancel.get(), problem, sizeof problem);
      return transient("no answer within " + std::to_string(patience / std::chrono::seconds(1)) +
                       " s");
    }
    pollfd socket{PQsocket(connection_), POLLIN, 0};
    ::poll(&socket, 1, static_cast<int>(left.count()));
    if (PQconsumeInput(connection_) == 0) return last_error("query");
  }
  const ResultPtr result(PQgetResult(connection_), &PQclear);
  while (PGresult* rest = PQgetResult(connection_)) PQclear(rest);
  return rows_of(result.get());
}

Result<Rows> Connection::rows_of(const pg_result* result) const {
  const ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (sqlstate == nullptr) return last_error("query");
    return Error{kind_of_sqlstate(sqlstate), one_line(PQresultErrorMessage(result), password_)};
  }
  Rows rows(static_cast<std::size_t>(PQntuples(result)));
  for (int row = 0; row < PQntuples(result); ++row) {
    for (int column = 0; column < PQnfields(result); ++column) {
      Field field;
      if (PQgetisnull(result, row, column) == 0) {
        field = std::string(PQgetvalue(result, row, column),
                            static_cast<std::size_t>(PQgetlength(result, row, column)));
      }
      rows[static_cast<std::size_t>(row)].push_back(std::move(field));
    }
  }
  return rows;
}

std::string Connection::escape_identifier(const std::string& name) const {
  const std::unique_ptr<char, decltype(&PQfreemem)> text(
      PQescapeIdentifier(connection_, name.data(), name.size()), &PQfreemem);
  return text ? text.get() : "";
}

std::string Connection::escape_literal(const std::string& text) const {
  const std::unique_ptr<char, decltype(&PQfreemem)> escaped(
      PQescapeLiteral(connection_, text.data(), text.size()), &PQfreemem);
  return escaped ? escaped.get() : "";
}

bool Connection::is_unix_socket() const {
  const char* host = PQhost(connection_);
  return host != nullptr && host[0] == '/';
}

bool Connection::uses_tls() const {
  return PQsslInUse(connection_) != 0;
}

int Connection::server_version() const {
  return PQserverVersion(connection_);
}

}  // namespace slotcast::pg
