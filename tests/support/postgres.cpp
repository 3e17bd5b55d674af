#include "tests/support/postgres.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "tests/support/command.h"

namespace slotcast::test {
namespace {

namespace fs = std::filesystem;

User server_user() {
  return unprivileged_user("postgres");
}

// Debian's layout: /usr/lib/postgresql/<version>/bin.
std::string newest_binaries() {
  int newest = 0;
  const fs::path root = "/usr/lib/postgresql";
  if (fs::exists(root)) {
    for (const auto& entry : fs::directory_iterator(root)) {
      if (!fs::exists(entry.path() / "bin/postgres")) continue;
      newest = std::max(newest, std::atoi(entry.path().filename().c_str()));
    }
  }
  if (newest == 0) throw std::runtime_error("no PostgreSQL server under " + root.string());
  return (root / std::to_string(newest) / "bin/").string();
}

void require(const CommandResult& result, const std::string& doing) {
  if (result.exit_code != 0) throw std::runtime_error(doing + ": " + result.output);
}

void write_file(const std::string& path, const std::string& text, std::ios::openmode mode) {
  std::ofstream out(path, mode);
  out << text;
  if (!out.flush()) throw std::runtime_error("cannot write " + path);
}

std::string read_text(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string make_directory() {
  char name[] = "/tmp/slotcast-pg-XXXXXX";
  if (::mkdtemp(name) == nullptr) throw std::runtime_error("mkdtemp failed");
  const User user = server_user();
  if (::chown(name, user.uid, user.gid) != 0 || ::chmod(name, 0755) != 0) {
    throw std::runtime_error("cannot give the directory to the server's user");
  }
  return name;
}

// initdb takes seconds, a copy of its result tenths: every test begins from the same one. Renamed
// into place, so that two programs that make it at the same time do no harm.
std::string template_directory() {
  const User user = server_user();
  const std::string binaries = newest_binaries();
  // binaries ends in '/', so its parent is …/<version>/bin.
  const std::string version = fs::path(binaries).parent_path().parent_path().filename();
  const std::string ready = "/tmp/slotcast-pg-template-" + version + "-" + std::to_string(user.uid);
  if (fs::exists(ready + "/data/PG_VERSION")) return ready + "/data";
  const std::string fresh = make_directory();
  require(run_command({binaries + "initdb", "-D", fresh + "/data", "--auth=trust", "--no-sync",
                       "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8"},
                      user),
          "initdb");
  std::error_code exists_already;
  fs::rename(fresh, ready, exists_already);
  if (exists_already) fs::remove_all(fresh);
  return ready + "/data";
}

// Free when asked; another program may take it before the server does, and start() would say so.
int free_port() {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  const bool bound = ::bind(probe, raw, size) == 0 && ::getsockname(probe, raw, &size) == 0;
  ::close(probe);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

// Children of `parent`, by /proc: after kill -9 of the postmaster they would live on for a while.
std::vector<pid_t> children_of(pid_t parent) {
  std::istringstream list(read_text("/proc/" + std::to_string(parent) + "/task/" +
                                    std::to_string(parent) + "/children"));
  std::vector<pid_t> children;
  for (pid_t child = 0; list >> child;) children.push_back(child);
  return children;
}

// One that has ended but was not waited for yet (Z) holds nothing any more.
bool is_running(pid_t process) {
  const std::string stat = read_text("/proc/" + std::to_string(process) + "/stat");
  const std::size_t name_end = stat.rfind(')');
  return name_end != std::string::npos && stat.size() > name_end + 2 && stat[name_end + 2] != 'Z';
}

}  // namespace

Postgres::Postgres(std::vector<std::string> settings)
    : directory_(make_directory()), data_(directory_ + "/data"), port_(free_port()) {
  require(run_command({"cp", "-a", template_directory(), data_}), "copying the template");
  for (const std::string& line :
       {std::string("wal_level = logical"), std::string("fsync = off"),
        std::string("shared_buffers = 16MB"), std::string("max_wal_senders = 8"),
        std::string("max_replication_slots = 8"), std::string("listen_addresses = '127.0.0.1'"),
        "port = " + std::to_string(port_), "unix_socket_directories = '" + directory_ + "'"}) {
    add_setting(line);
  }
  for (const std::string& line : settings) add_setting(line);
  start();
}

Postgres::~Postgres() {
  kill9();
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

void Postgres::start() {
  postmaster_ = start_command({newest_binaries() + "postgres", "-D", data_}, server_user(),
                              directory_ + "/log", SIGQUIT);
  wait_until_ready();
}

// The postmaster's own note of its state; asking by connecting would need a client.
void Postgres::wait_until_ready() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < deadline) {
    std::istringstream lines(read_text(data_ + "/postmaster.pid"));
    std::string pid, line;
    std::getline(lines, pid);
    while (std::getline(lines, line)) {
      if (pid == std::to_string(postmaster_) && line.starts_with("ready")) return;
      if (pid == std::to_string(postmaster_) && line.starts_with("standby")) return;
    }
    if (::waitpid(postmaster_, nullptr, WNOHANG) == postmaster_) {
      postmaster_ = -1;
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  throw std::runtime_error("the server did not start: " + server_log());
}

void Postgres::stop(int signal) {
  if (postmaster_ < 0) return;
  ::kill(postmaster_, signal);
  ::waitpid(postmaster_, nullptr, 0);
  postmaster_ = -1;
}

void Postgres::stop_fast() {
  stop(SIGINT);
}

void Postgres::stop_immediate() {
  stop(SIGQUIT);
}

void Postgres::kill9() {
  if (postmaster_ < 0) return;
  // Stopped first, or it would start new children while we kill the old ones.
  ::kill(postmaster_, SIGSTOP);
  const std::vector<pid_t> children = children_of(postmaster_);
  for (const pid_t child : children) ::kill(child, SIGKILL);
  stop(SIGKILL);
  // The next start refuses while one of them is attached to the shared memory.
  for (const pid_t child : children) {
    while (is_running(child)) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

void Postgres::restart() {
  stop_fast();
  start();
}

std::string Postgres::uri(const std::string& user, const std::string& db) const {
  std::string host;
  for (const char c : directory_) host += c == '/' ? std::string("%2F") : std::string(1, c);
  return "postgresql://" + user + "@" + host + ":" + std::to_string(port_) + "/" + db;
}

std::string Postgres::tcp_uri(const std::string& user, const std::string& db) const {
  return "postgresql://" + user + "@127.0.0.1:" + std::to_string(port_) + "/" + db;
}

std::string Postgres::psql(const std::string& sql, const std::string& db) const {
  const CommandResult result =
      run_command({newest_binaries() + "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
                   "-c", sql, uri("postgres", db)});
  require(result, sql);
  std::string text = result.output;
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string Postgres::try_psql(const std::string& sql, const std::string& db) const {
  return run_command({newest_binaries() + "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
                      "-c", sql, uri("postgres", db)})
      .output;
}

void Postgres::add_setting(const std::string& line) const {
  write_file(data_ + "/postgresql.conf", line + "\n", std::ios::app);
}

void Postgres::set_hba(const std::string& text) const {
  write_file(data_ + "/pg_hba.conf", text, std::ios::trunc);
}

void Postgres::put_file(const std::string& name, const std::string& text) const {
  const std::string path = data_ + "/" + name;
  write_file(path, text, std::ios::trunc);
  const User user = server_user();
  if (::chmod(path.c_str(), 0600) != 0 || ::chown(path.c_str(), user.uid, user.gid) != 0) {
    throw std::runtime_error("cannot give " + path + " to the server's user");
  }
}

std::string Postgres::server_log() const {
  return read_text(directory_ + "/log");
}

}  // namespace slotcast::test
