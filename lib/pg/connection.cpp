#include "lib/pg/connection.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
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
constexpr std::array<Setting, 12> kPinned{{
    {"datestyle", "ISO"},
    {"intervalstyle", "postgres"},
    {"timezone", "UTC"},
    {"extra_float_digits", "3"},
    {"bytea_output", "hex"},
    {"client_encoding", "UTF8"},
    {"lc_monetary", "C"},
    // How a filter reads that goes into a publication.
    {"standard_conforming_strings", "on"},
    {"transform_null_equals", "off"},
    {"row_security", "off"},
    {"statement_timeout", "0"},
    {"idle_in_transaction_session_timeout", "0"},
}};
constexpr std::size_t kVerified = 6;
constexpr Duration kCancelPatience = std::chrono::seconds(5);
constexpr Duration kWaitingTick = std::chrono::milliseconds(200);

using ResultPtr = std::unique_ptr<PGresult, decltype(&PQclear)>;

std::string one_line(std::string text, const std::string& password) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  for (char& c : text) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  // Searched on behind each replacement: a password of asterisks would be found in it again.
  constexpr std::string_view kHidden = "***";
  for (std::size_t at = 0; !password.empty(); at += kHidden.size()) {
    at = text.find(password, at);
    if (at == std::string::npos) break;
    text.replace(at, password.size(), kHidden);
  }
  return text;
}

// Empty when the URI does not say.
std::string uri_option(const std::string& uri, std::string_view keyword) {
  std::string found;
  PQconninfoOption* parsed = PQconninfoParse(uri.c_str(), nullptr);
  for (const PQconninfoOption* option = parsed; option && option->keyword; ++option) {
    if (option->keyword == keyword && option->val) found = option->val;
  }
  PQconninfoFree(parsed);
  return found;
}

std::string session_options(const Options& options, Connection::Mode mode) {
  std::string text;
  // Not zero: with a timeout the server keeps to its fast path and sends 15 % more per second.
  if (mode == Connection::Mode::Replication) text = "-c wal_sender_timeout=60s";
  // The user's own stay in force in front of ours.
  text += " " + uri_option(options.uri, "options");
  for (const Setting& setting : kPinned) {
    text += std::string(" -c ") + setting.name + "=" + setting.value;
  }
  return text;
}

// libpq's blocking connect, because only it gives each host of a list the timeout anew and goes on
// to the next: with the asynchronous one a first host that does not answer would hide the standby.
pg_conn* connect(const Options& options, Connection::Mode mode) {
  const std::string settings = session_options(options, mode);
  const std::string application = "slotcast/" + options.slot;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(options.connect_timeout).count();
  const std::string timeout = std::to_string(std::max<std::int64_t>(seconds, 1));
  std::vector<const char*> keys{
      "dbname",           "fallback_application_name", "options",
      "keepalives",       "keepalives_idle",           "keepalives_interval",
      "keepalives_count", "tcp_user_timeout",          "connect_timeout"};
  std::vector<const char*> values{
      options.uri.c_str(), application.c_str(), settings.c_str(), "1", "30", "10", "3", "60000",
      timeout.c_str()};
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
  return PQconnectdbParams(keys.data(), values.data(), 1);
}

// What libpq's parser says against the URI quotes it whole, and people do put passwords there.
Status check_uri(const Options& options) {
  char* problem = nullptr;
  PQconninfoOption* parsed = PQconninfoParse(options.uri.c_str(), &problem);
  const bool fits = parsed != nullptr;
  PQconninfoFree(parsed);
  PQfreemem(problem);
  if (fits) return {};
  return invalid(
      "source.postgres is not a connection URI that libpq understands: write "
      "postgresql://user@host:port/database?sslmode=verify-full");
}

// A refused connection has no SQLSTATE to ask; these phrases are the server's and libpq's own for
// what waiting does not cure: a wrong user, password, database, right or certificate.
bool has_refusal(std::string_view message) {
  for (const char* phrase :
       {"authentication failed", "no password supplied", "no pg_hba.conf entry", "does not exist",
        "is not permitted to log in", "permission denied", "superuser or replication role",
        "does not support SSL", "certificate verify failed", "server certificate for",
        "certificate file", "private key file", "invalid port number", "invalid sslmode value",
        "invalid connection option", "for connection option"}) {
    if (message.find(phrase) != std::string_view::npos) return true;
  }
  return false;
}

// With several hosts each attempt has left its own sentence: one that is merely away may be the one
// that would have let us in.
bool is_refusal(std::string_view message) {
  constexpr std::string_view kAttempt = "connection to server ";
  const std::size_t first = message.find(kAttempt);
  if (first != 0) return first == std::string_view::npos && has_refusal(message);
  while (!message.empty()) {
    const std::size_t next = message.find(kAttempt, kAttempt.size());
    if (!has_refusal(message.substr(0, next))) return false;
    message = next == std::string_view::npos ? "" : message.substr(next);
  }
  return true;
}

}  // namespace

std::string database_of(const std::string& uri) {
  const std::string database = uri_option(uri, "dbname");
  return database.empty() ? uri_option(uri, "user") : database;
}

Connection::Connection(pg_conn* connection, std::string password)
    : connection_(connection), password_(std::move(password)) {}

// What came back. Several statements have several results: the first error counts, or else the last
// one.
struct Connection::Answer {
  ResultPtr kept{nullptr, &PQclear};
};

Connection::Connection(Connection&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)),
      password_(std::move(other.password_)),
      patience_(other.patience_) {}

Connection& Connection::operator=(Connection&& other) noexcept {
  std::swap(connection_, other.connection_);
  std::swap(password_, other.password_);
  std::swap(patience_, other.patience_);
  return *this;
}

Connection::~Connection() {
  PQfinish(connection_);
}

Result<Connection> Connection::open(const Options& options, Mode mode) {
  TRY(check_uri(options));
  Connection connection(connect(options, mode), options.password);
  if (connection.connection_ == nullptr) return transient("connect: out of memory");
  if (PQstatus(connection.connection_) != CONNECTION_OK) {
    const std::string message = one_line(PQerrorMessage(connection.connection_), options.password);
    return Error{is_refusal(message) ? ErrorKind::Invalid : ErrorKind::Transient,
                 "connect: " + message};
  }
  // Still a part of connecting: a server that hangs now is given up as soon as one before.
  const Duration patience = std::exchange(connection.patience_, options.connect_timeout);
  TRY(connection.check_settings());
  connection.patience_ = patience;
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
  const int sent = parameters.empty() ? PQsendQuery(connection_, sql.c_str())
                                      : PQsendQueryParams(connection_, sql.c_str(),
                                                          static_cast<int>(values.size()), nullptr,
                                                          values.data(), nullptr, nullptr, 0);
  if (sent == 0) return last_error("query");
  Answer answer;
  TRY_ASSIGN(const bool in_time, read_answer(answer, patience_));
  if (!in_time) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(patience_).count();
    return transient("query: no answer from the server within " + std::to_string(seconds) + " s");
  }
  return rows_of(answer.kept.get());
}

// False when `patience` was not enough; another call reads on.
Result<bool> Connection::read_answer(Answer& answer, Duration patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    TRY_ASSIGN(const bool in_time, wait_result(deadline - std::chrono::steady_clock::now()));
    if (!in_time) return false;
    ResultPtr next(PQgetResult(connection_), &PQclear);
    if (!next) return true;
    const ExecStatusType status = PQresultStatus(next.get());
    const bool failed = answer.kept && PQresultStatus(answer.kept.get()) == PGRES_FATAL_ERROR;
    if (!failed) answer.kept = std::move(next);
    // From here on a stream's own calls read.
    if (status == PGRES_COPY_BOTH || status == PGRES_COPY_OUT) return true;
  }
}

Result<bool> Connection::wait_result(Duration patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (PQisBusy(connection_) != 0) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd socket{PQsocket(connection_), POLLIN, 0};
    ::poll(&socket, 1, static_cast<int>(left.count()));
    if (PQconsumeInput(connection_) == 0) return last_error("query");
  }
  return true;
}

// Reads on until the statement has ended one way or the other.
Result<bool> Connection::cancel(Answer& answer) {
  const std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> cancel(PQgetCancel(connection_),
                                                                  &PQfreeCancel);
  char problem[256];
  PQcancel(cancel.get(), problem, sizeof problem);
  TRY_ASSIGN(const bool stopped, read_answer(answer, kCancelPatience));
  if (!stopped) return transient("query: the server does not answer to its cancellation either");
  return true;
}

Result<Rows> Connection::query_while(const std::string& sql,
                                     const std::function<Status()>& waiting) {
  if (PQsendQuery(connection_, sql.c_str()) == 0) return last_error("query");
  Answer answer;
  while (true) {
    TRY_ASSIGN(const bool is_there, read_answer(answer, kWaitingTick));
    if (is_there) return rows_of(answer.kept.get());
    const Status goes_on = waiting();
    if (goes_on.ok()) continue;
    TRY(cancel(answer).status());
    return goes_on.error();
  }
}

Result<std::optional<Rows>> Connection::query_within(const std::string& sql, Duration patience) {
  if (PQsendQuery(connection_, sql.c_str()) == 0) return last_error("query");
  Answer answer;
  TRY_ASSIGN(const bool in_time, read_answer(answer, patience));
  if (!in_time) TRY(cancel(answer).status());
  // The answer may have crossed the cancellation: then it counts, since its effect stands.
  auto rows = rows_of(answer.kept.get());
  if (!rows.ok() && in_time) return rows.error();
  if (!rows.ok()) return std::optional<Rows>();
  return std::optional<Rows>(std::move(rows).value());
}

Result<Rows> Connection::rows_of(const pg_result* result) const {
  const ExecStatusType status = PQresultStatus(result);
  const bool copies = status == PGRES_COPY_BOTH || status == PGRES_COPY_OUT;
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && !copies) {
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
