#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

// A throw-away PostgreSQL server for tests, from the newest version that is installed. It listens
// on a unix socket in its own directory and on a free TCP port of 127.0.0.1, has wal_level=logical
// and trusts everybody until the test says otherwise.
//
// Ownership: the directory and the processes are gone with the object, and with the test program.
// Durability: fsync is off; what kill9() takes is the processes, never the page cache.
// Errors:    std::runtime_error, with the output of the program that failed.

namespace slotcast::test {

class Postgres {
 public:
  // `settings` are lines for postgresql.conf. The server is running when this returns.
  explicit Postgres(std::vector<std::string> settings = {});
  ~Postgres();
  Postgres(const Postgres&) = delete;
  Postgres& operator=(const Postgres&) = delete;

  void start();
  void stop_fast();       // waits until every stream has been confirmed to its end
  void stop_immediate();  // as after a crash: recovery at the next start
  void kill9();           // the postmaster and all its children
  void restart();

  // Over the unix socket, and over TCP.
  std::string uri(const std::string& user = "postgres", const std::string& db = "postgres") const;
  std::string tcp_uri(const std::string& user = "postgres",
                      const std::string& db = "postgres") const;

  // Runs the psql program: rows as lines, columns separated by '|'. An error of the server throws.
  std::string psql(const std::string& sql, const std::string& db = "postgres") const;
  // The same, with the server's message in place of the rows when it refuses.
  std::string try_psql(const std::string& sql, const std::string& db = "postgres") const;

  // In force at the next start; pg_hba.conf is replaced as a whole.
  void add_setting(const std::string& line) const;
  void set_hba(const std::string& text) const;
  // Any file of the data directory, owned by the server's user and readable by it alone.
  void put_file(const std::string& name, const std::string& text) const;

  const std::string& data_directory() const { return data_; }
  std::string server_log() const;

 private:
  void stop(int signal);
  void wait_until_ready();

  std::string directory_;  // socket, data and log
  std::string data_;
  int port_ = 0;
  pid_t postmaster_ = -1;
};

}  // namespace slotcast::test
