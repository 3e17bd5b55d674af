#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/pg/options.h"

struct pg_conn;  // libpq's PGconn and PGresult: its header stops in lib/pg's own files
struct pg_result;

namespace slotcast::pg {

using Field = std::optional<std::string>;  // nothing is NULL
using Rows = std::vector<std::vector<Field>>;

// What a URI calls the database: the user's name where it does not say, as libpq takes it.
std::string database_of(const std::string& uri);

// One connection to the server, with every setting pinned that changes how values print: the same
// row must give the same text whatever the role's or the database's defaults are.
//
// Threads: one at a time. Ownership: move-only; closes itself.
// Errors:  by SQLSTATE (sqlstate.h); no connection at all is Transient, a refusal of the user or
//          the password Invalid. Messages are one line and never hold the password.
class Connection {
 public:
  enum class Mode { Sql, Replication };

  // Connects within options.connect_timeout for each host of the URI, in their order, and checks
  // that the pinned settings hold: a pooler in between may have dropped them (Invalid).
  static Result<Connection> open(const Options& options, Mode mode);
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&& other) noexcept;
  ~Connection();

  // Runs `sql`, and waits for the answer as long as set_patience() says, 30 s at first; then it is
  // Transient, and the connection is of no more use: a server that hangs must not hang us.
  // Parameters go as $1…; a replication connection takes none.
  Result<Rows> query(const std::string& sql, const std::vector<std::string>& parameters = {});

  void set_patience(Duration patience) { patience_ = patience; }

  // The same for a statement that may wait long: nothing when there was no answer in time and the
  // statement was cancelled. One that finishes while being cancelled counts as answered.
  Result<std::optional<Rows>> query_within(const std::string& sql, Duration patience);
  // Waits as long as `waiting`, asked again and again, is ok; its error cancels the statement.
  Result<Rows> query_while(const std::string& sql, const std::function<Status()>& waiting);

  std::string escape_identifier(const std::string& name) const;
  std::string escape_literal(const std::string& text) const;
  bool is_unix_socket() const;
  bool uses_tls() const;
  int server_version() const;  // as 150018
  pg_conn* handle() const { return connection_; }

  // The connection's last error as one line, with its kind.
  Error last_error(const std::string& doing) const;

 private:
  struct Answer;

  Connection(pg_conn* connection, std::string password);
  Status check_settings();
  Result<bool> wait_result(Duration patience);
  Result<bool> cancel(Answer& answer);
  Result<bool> read_answer(Answer& answer, Duration patience);
  Result<Rows> rows_of(const pg_result* result) const;

  pg_conn* connection_;
  std::string password_;  // to take it out of messages
  Duration patience_ = std::chrono::seconds(30);
};

}  // namespace slotcast::pg
