#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "lib/pg/pq_stream.h"
#include "lib/pg/publication.h"
#include "lib/pg/slot.h"
#include "tests/lib/pg/source.h"
#include "tests/support/command.h"

using namespace slotcast;
using namespace slotcast::pg;
using namespace slotcast::pg::test;
using slotcast::test::Postgres;
using slotcast::test::run_command;
using Mode = Connection::Mode;

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// A key and a certificate for localhost that signs itself.
struct Certificate {
  fs::path directory;

  Certificate() {
    char name[] = "/tmp/slotcast-tls-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    directory = name;
    const auto made =
        run_command({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                     "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
                     (directory / "key").string(), "-out", (directory / "crt").string()});
    INFO(made.output);
    REQUIRE(made.exit_code == 0);
  }
  ~Certificate() { fs::remove_all(directory); }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;
};

// Speaks TLS only, and asks for a password by SCRAM.
void harden(Postgres& server, const Certificate& certificate) {
  server.psql("CREATE ROLE cdc LOGIN REPLICATION PASSWORD 'right'");
  server.put_file("server.key", text_of(certificate.directory / "key"));
  server.put_file("server.crt", text_of(certificate.directory / "crt"));
  server.add_setting("ssl = on");
  server.set_hba("local all postgres trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n");
  server.restart();
}

Options tls_options(const Postgres& server, const std::string& host, const std::string& mode,
                    const Certificate& root) {
  std::string uri = server.tcp_uri("cdc");
  uri.replace(uri.find("127.0.0.1"), 9, host);
  Options options = options_for(uri + "?hostaddr=127.0.0.1&sslmode=" + mode +
                                "&sslrootcert=" + (root.directory / "crt").string());
  options.password = "right";
  return options;
}

}  // namespace

TEST_CASE("tls: verify-full takes the right certificate and no other", "[pg][server]") {
  const Certificate right, wrong;
  Postgres server;
  harden(server, right);
  auto connection = connect(tls_options(server, "localhost", "verify-full", right));
  CHECK(connection.uses_tls());
  CHECK(must(connection.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))[0][0] ==
        "t");

  const auto refused = [&](const Options& options) {
    const auto opened = Connection::open(options, Mode::Sql);
    REQUIRE_FALSE(opened.ok());
    INFO(opened.error().what);
    CHECK(opened.error().kind == ErrorKind::Invalid);
  };
  refused(tls_options(server, "localhost", "verify-full", wrong));
  refused(tls_options(server, "example.org", "verify-full", right));
  refused(tls_options(server, "localhost", "disable", right));
  Options no_root = tls_options(server, "localhost", "verify-full", right);
  no_root.uri += ".missing";
  refused(no_root);
}

// What does not fit in libpq's buffer of a TLS record lies in the TLS library, where poll() does
// not see it. Records around the size of that buffer, unread, with nothing behind them, would show
// a wait that looks at the socket alone.
TEST_CASE("tls: the stream never waits for what has already arrived", "[pg][server]") {
  const Certificate certificate;
  Postgres server;
  harden(server, certificate);
  const Options options = tls_options(server, "localhost", "verify-full", certificate);
  auto sql = connect(options_for(server));
  must(create_publications(sql, options, {}));
  auto replication = connect(options, Mode::Replication);
  const Lsn start =
      must(create_slot(replication, options, std::chrono::seconds(20))).consistent_point;
  auto stream = must(start_stream(connect(options, Mode::Replication), options, start));
  // The server sends no keepalive behind its last message to one that has written further.
  must(stream->send({{1ull << 60}, {}, false}));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  for (int size = 7000; size <= 17000; size += 2000) {
    INFO(size);
    server.psql("SELECT pg_logical_emit_message(false, 'p', repeat('x', " + std::to_string(size) +
                ")) FROM generate_series(1, 3)");
    // Taken in without being read, as while the log is full.
    for (int i = 0; i < 4; ++i) must(stream->wait(std::chrono::milliseconds(100)).status());
    const auto begun = std::chrono::steady_clock::now();
    for (int messages = 0; messages < 3;) {
      const auto next = must(stream->next());
      if (next && next->kind == Incoming::Kind::Message) ++messages;
      if (!next) must(stream->wait(std::chrono::seconds(10)).status());
    }
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(5));
  }
}
