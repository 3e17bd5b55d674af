#include "lib/pg/pq_stream.h"

#include <algorithm>
#include <chrono>

#include "lib/pg/publication.h"
#include "lib/pg/slot.h"
#include "tests/lib/pg/source.h"

using namespace slotcast;
using namespace slotcast::pg;
using namespace slotcast::pg::test;
using slotcast::test::Postgres;
using Mode = Connection::Mode;

namespace {

constexpr Duration kPatience = std::chrono::seconds(20);

// What was read up to a commit: the first letter of each message, and where the commit ends.
struct Read {
  std::string tags;
  std::size_t bytes = 0;
  Lsn end;
  std::optional<Error> error;
};

enum class By { Waiting, Gulps };

// Until `commits` transactions are whole, an error, or nothing came for `patience`.
Read read_commits(ReplicationStream& stream, int commits, Duration patience = kPatience,
                  By by = By::Waiting) {
  Read read;
  auto deadline = std::chrono::steady_clock::now() + patience;
  while (commits > 0 && std::chrono::steady_clock::now() < deadline) {
    auto next = stream.next();
    if (!next.ok()) {
      read.error = next.error();
      return read;
    }
    if (!next.value()) {
      const Status waited =
          by == By::Gulps ? stream.gulp() : stream.wait(std::chrono::milliseconds(100)).status();
      if (!waited.ok()) {
        read.error = waited.error();
        return read;
      }
      continue;
    }
    if (next.value()->kind != Incoming::Kind::Message) continue;
    const Bytes message = next.value()->message;
    read.tags += static_cast<char>(message[0]);
    read.bytes += message.size();
    if (read.tags.back() != 'C') continue;
    // 'C', flags, the commit's own position, its end.
    read.end = {load_be<std::uint64_t>(message.data() + 10)};
    --commits;
  }
  return read;
}

// Table t and everything a stream needs; returns where the slot begins.
Lsn prepare(const Postgres& server, const Options& options) {
  server.psql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  auto sql = connect(options_for(server));
  must(create_publications(sql, options, must(list_tables(sql))));
  auto replication = connect(options, Mode::Replication);
  return must(create_slot(replication, options, kPatience)).consistent_point;
}

std::unique_ptr<ReplicationStream> open_stream(const Options& options, Lsn start) {
  return must(start_stream(connect(options, Mode::Replication), options, start));
}

std::string confirmed(const Postgres& server) {
  return server.psql("SELECT confirmed_flush_lsn FROM pg_replication_slots");
}

}  // namespace

TEST_CASE("stream: a transaction arrives whole, and its end does not bring it again",
          "[pg][server]") {
  const Postgres server;
  const Options options = options_for(server);
  const Lsn start = prepare(server, options);
  server.psql("INSERT INTO t VALUES (1, 'a'), (2, 'b')");
  Lsn end;
  {
    auto stream = open_stream(options, start);
    const Read first = read_commits(*stream, 1);
    CHECK(first.tags == "BRIIC");
    end = first.end;
  }
  // Not confirmed: from its beginning it comes again.
  CHECK(read_commits(*open_stream(options, start), 1).tags == "BRIIC");
  server.psql("DELETE FROM t WHERE id = 1");
  const Read second = read_commits(*open_stream(options, end), 1);
  CHECK(second.tags == "BRDC");
  CHECK(second.end > end);
}

TEST_CASE("stream: the slot moves to what was flushed, and not for 0", "[pg][server]") {
  const Postgres server;
  const Options options = options_for(server);
  const Lsn start = prepare(server, options);
  server.psql("INSERT INTO t VALUES (1, 'a')");
  auto stream = open_stream(options, start);
  const Read read = read_commits(*stream, 1);
  // The answer to ask_reply shows that the server has seen the feedback.
  const auto told = [&](Feedback feedback) {
    feedback.ask_reply = true;
    must(stream->send(feedback));
    for (int i = 0; i < 200; ++i) {
      const auto next = must(stream->next());
      if (next && next->kind == Incoming::Kind::Keepalive) return next->wal_end;
      if (!next) must(stream->wait(std::chrono::milliseconds(100)).status());
    }
    FAIL("no keepalive");
    return Lsn{};
  };
  CHECK(told({read.end, {}, true}) >= read.end);
  CHECK(confirmed(server) == to_string(start));
  told({read.end, read.end, true});
  CHECK(confirmed(server) == to_string(read.end));
}

TEST_CASE("stream: rows of any size arrive over every transport", "[pg][server]") {
  const Postgres server;
  Options options = options_for(server);
  const Lsn start = prepare(server, options);
  std::size_t sent = 0;
  for (const int size : {0, 1, 4096, 8191, 8192, 16384, 70000, 3000000}) {
    server.psql("INSERT INTO t SELECT count(*), repeat('x', " + std::to_string(size) + ") FROM t");
    sent += static_cast<std::size_t>(size);
  }
  for (const std::string& uri : {server.uri(), server.tcp_uri()}) {
    options.uri = uri;
    const Read read = read_commits(*open_stream(options, start), 8);
    CHECK(read.tags == "BRIC" + std::string("BICBICBICBICBICBICBIC"));
    CHECK(read.bytes >= sent);
  }
}

TEST_CASE("stream: waiting on a quiet server ends in time", "[pg][server]") {
  const Postgres server;
  const Options options = options_for(server);
  auto stream = open_stream(options, prepare(server, options));
  read_commits(*stream, 1, std::chrono::milliseconds(500));
  const auto begun = std::chrono::steady_clock::now();
  must(stream->wait(std::chrono::milliseconds(50)).status());
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(5));
}

TEST_CASE("stream: gulps bring everything, and say when the server is gone", "[pg][server]") {
  const Postgres server;
  Options options = options_for(server);
  const Lsn start = prepare(server, options);
  for (int i = 0; i < 20; ++i) {
    server.psql("INSERT INTO t SELECT g, repeat('x', g) FROM generate_series(" +
                std::to_string(i * 500) + ", " + std::to_string(i * 500 + 499) + ") g");
  }
  for (const std::string& uri : {server.uri(), server.tcp_uri()}) {
    options.uri = uri;
    auto stream = open_stream(options, start);
    const Read read = read_commits(*stream, 20, kPatience, By::Gulps);
    CHECK(std::count(read.tags.begin(), read.tags.end(), 'I') == 10000);
    server.psql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'walsender'");
    const Read lost = read_commits(*stream, 1, kPatience, By::Gulps);
    REQUIRE(lost.error);
    CHECK(lost.error->kind == ErrorKind::Transient);
  }
}

TEST_CASE("stream: a slot that is gone is Invalid, one that is taken Transient", "[pg][server]") {
  const Postgres server;
  Options options = options_for(server);
  const Lsn start = prepare(server, options);
  const auto stream = open_stream(options, start);
  const auto taken = start_stream(connect(options, Mode::Replication), options, start);
  REQUIRE_FALSE(taken.ok());
  CHECK(taken.error().kind == ErrorKind::Transient);
  CHECK(contains(taken.error().what, "is active"));
  options.slot = "another";
  const auto gone = start_stream(connect(options, Mode::Replication), options, start);
  REQUIRE_FALSE(gone.ok());
  CHECK(gone.error().kind == ErrorKind::Invalid);
  CHECK(contains(gone.error().what, "another"));
}

TEST_CASE("stream: a publication that is missing is Invalid and named", "[pg][server]") {
  const Postgres server;
  const Options options = options_for(server);
  const Lsn start = prepare(server, options);
  server.psql("DROP PUBLICATION slotcast_shop_insert; INSERT INTO t VALUES (1, 'a')");
  // 18 and later only warn, and send what the other one publishes.
  if (std::stoi(server.psql("SHOW server_version_num")) >= 180000) return;
  const Read read = read_commits(*open_stream(options, start), 1);
  REQUIRE(read.error.has_value());
  CHECK(read.error->kind == ErrorKind::Invalid);
  CHECK(contains(read.error->what, "slotcast_shop_insert"));
}

TEST_CASE("stream: a server that dies or shuts down is Transient, and we go on", "[pg][server]") {
  Postgres server;
  const Options options = options_for(server);
  const Lsn start = prepare(server, options);
  server.psql("INSERT INTO t VALUES (1, 'a')");
  auto stream = open_stream(options, start);
  const Lsn end = read_commits(*stream, 1).end;
  server.kill9();
  const Read lost = read_commits(*stream, 1);
  REQUIRE(lost.error.has_value());
  CHECK(lost.error->kind == ErrorKind::Transient);
  server.start();
  server.psql("INSERT INTO t VALUES (2, 'b')");
  stream = open_stream(options, end);
  CHECK(read_commits(*stream, 1).tags == "BRIC");
  server.stop_immediate();
  const Read stopped = read_commits(*stream, 1);
  REQUIRE(stopped.error.has_value());
  CHECK(stopped.error->kind == ErrorKind::Transient);
}
