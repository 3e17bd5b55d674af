#include "lib/pg/connection.h"

#include "tests/lib/pg/source.h"

using namespace slotcast;
using namespace slotcast::pg;
using namespace slotcast::pg::test;
using slotcast::test::Postgres;
using Mode = Connection::Mode;

// Independent of SHOW: the text of values whose form these settings decide.
TEST_CASE("connection: values print alike whatever the role's settings are", "[pg][server]") {
  const Postgres server;
  server.psql("CREATE ROLE cdc LOGIN REPLICATION");
  server.psql(
      "ALTER ROLE cdc SET datestyle = 'SQL, DMY'; ALTER ROLE cdc SET intervalstyle = 'iso_8601';"
      "ALTER ROLE cdc SET timezone = 'Asia/Tokyo'; ALTER ROLE cdc SET extra_float_digits = 0;"
      "ALTER ROLE cdc SET bytea_output = 'escape'; ALTER ROLE cdc SET client_encoding = 'LATIN1';"
      "ALTER ROLE cdc SET statement_timeout = '1s'; ALTER ROLE cdc SET row_security = on");
  for (const Mode mode : {Mode::Sql, Mode::Replication}) {
    auto connection = connect(options_for(server.uri("cdc")), mode);
    const Rows rows = must(connection.query(
        "SELECT '2024-02-01 10:00+00'::timestamptz, '26 hours'::interval, 0.1::float8 + "
        "0.2::float8,"
        " '\\x4100'::bytea, U&'\\20AC', current_setting('statement_timeout'), NULL"));
    REQUIRE(rows.size() == 1);
    CHECK(rows[0][0] == "2024-02-01 10:00:00+00");
    CHECK(rows[0][1] == "26:00:00");
    CHECK(rows[0][2] == "0.30000000000000004");
    CHECK(rows[0][3] == "\\x4100");
    CHECK(rows[0][4] == "\xE2\x82\xAC");
    CHECK(rows[0][5] == "0");
    CHECK_FALSE(rows[0][6].has_value());
  }
}

TEST_CASE("connection: options of the URI stay in force, but for the pinned ones", "[pg][server]") {
  const Postgres server;
  auto connection = connect(
      options_for(server.uri() + "?options=-c%20search_path%3Ddbo%20-c%20datestyle%3DGerman"));
  const Rows rows =
      must(connection.query("SELECT current_setting('search_path'), current_setting('datestyle'),"
                            " current_setting('application_name'), $1::text",
                            {"it's"}));
  CHECK(rows[0][0] == "dbo");
  CHECK(contains(rows[0][1].value_or(""), "ISO"));
  CHECK(rows[0][2] == "slotcast/slotcast_shop");
  CHECK(rows[0][3] == "it's");
  CHECK(connection.is_unix_socket());
  CHECK_FALSE(connection.uses_tls());
}

TEST_CASE("connection: a refusal is Invalid, a server that is away is Transient", "[pg][server]") {
  Postgres server;
  server.psql("CREATE ROLE plain LOGIN; CREATE ROLE locked NOLOGIN");
  const auto kind = [&](const std::string& uri, Mode mode = Mode::Sql) {
    const auto opened = Connection::open(options_for(uri), mode);
    REQUIRE_FALSE(opened.ok());
    INFO(opened.error().what);
    CHECK_FALSE(contains(opened.error().what, "\n"));
    return opened.error().kind;
  };
  CHECK(kind(server.uri("nobody_such")) == ErrorKind::Invalid);
  CHECK(kind(server.uri("postgres", "no_such_db")) == ErrorKind::Invalid);
  CHECK(kind(server.tcp_uri("nobody_such")) == ErrorKind::Invalid);
  CHECK(kind(server.uri("locked")) == ErrorKind::Invalid);
  CHECK(kind(server.uri("plain"), Mode::Replication) == ErrorKind::Invalid);
  CHECK(kind(server.tcp_uri() + "?sslmode=require") == ErrorKind::Invalid);
  CHECK(kind("postgresql://h:notaport/x") == ErrorKind::Invalid);
  // The host that is away may be the one that knows the user.
  const std::string here = server.tcp_uri("nobody_such");
  CHECK(kind("postgresql://nobody_such@127.0.0.1:1," + here.substr(here.find('@') + 1)) ==
        ErrorKind::Transient);
  server.stop_fast();
  CHECK(kind(server.uri()) == ErrorKind::Transient);
  CHECK(kind(server.tcp_uri()) == ErrorKind::Transient);
}

TEST_CASE("connection: a first host that never answers does not hide the second", "[pg][server]") {
  const Postgres server;
  // An address set aside for documentation: nothing answers there, as when a machine's network is
  // cut (where it is unreachable at once, the test still shows that the second one is tried).
  const std::string second = server.tcp_uri();
  const std::string host = second.substr(second.find('@') + 1);
  Options options = options_for("postgresql://postgres@192.0.2.1:1," + host);
  options.connect_timeout = std::chrono::seconds(2);
  auto connection = connect(options);
  CHECK(must(connection.query("SELECT 1"))[0][0] == "1");
}

TEST_CASE("connection: a wrong password is Invalid, and no message holds it", "[pg][server]") {
  Postgres server;
  server.psql("CREATE ROLE cdc LOGIN REPLICATION PASSWORD 'right'");
  server.set_hba("local all postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
  server.restart();
  Options options = options_for(server.tcp_uri("cdc"));
  for (const char* password : {"canary-password", "*", ""}) {
    options.password = password;
    const auto refused = Connection::open(options, Mode::Sql);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == ErrorKind::Invalid);
    CHECK_FALSE(contains(refused.error().what, "canary"));
  }
  options.password = "right";
  CHECK(must(connect(options).query("SELECT 1"))[0][0] == "1");

  options.uri = "postgresql://cdc:canary-password@[::1/x";
  const auto malformed = Connection::open(options, Mode::Sql);
  REQUIRE_FALSE(malformed.ok());
  CHECK(malformed.error().kind == ErrorKind::Invalid);
  CHECK_FALSE(contains(malformed.error().what, "canary"));
}

TEST_CASE("connection: a password in the server's own words is taken out", "[pg][server]") {
  const Postgres server;
  Options options = options_for(server);
  options.password = "canary";
  auto connection = connect(options);
  const auto failed = connection.query("SELECT * FROM canary_table");
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().kind == ErrorKind::Invalid);
  CHECK_FALSE(contains(failed.error().what, "canary"));
}

TEST_CASE("connection: a statement over its time is cancelled, and the next one runs",
          "[pg][server]") {
  const Postgres server;
  auto connection = connect(options_for(server));
  const auto late = connection.query_within("SELECT pg_sleep(60)", std::chrono::milliseconds(200));
  REQUIRE(late.ok());
  CHECK_FALSE(late.value().has_value());
  const auto early = connection.query_within("SELECT 7", std::chrono::seconds(5));
  REQUIRE(early.ok());
  REQUIRE(early.value().has_value());
  CHECK((*early.value())[0][0] == "7");
}

TEST_CASE("connection: of several statements the first error counts, whoever asks",
          "[pg][server]") {
  const Postgres server;
  auto connection = connect(options_for(server));
  const std::string script = "SELECT 1; SELECT 1/0; SELECT 2";
  CHECK_FALSE(connection.query(script).ok());
  CHECK_FALSE(connection.query_within(script, std::chrono::seconds(5)).ok());
}

TEST_CASE("connection: losing the server in the middle is Transient", "[pg][server]") {
  Postgres server;
  auto connection = connect(options_for(server));
  server.kill9();
  const auto lost = connection.query("SELECT 1");
  REQUIRE_FALSE(lost.ok());
  CHECK(lost.error().kind == ErrorKind::Transient);
  server.start();
  CHECK(must(connect(options_for(server)).query("SELECT 1"))[0][0] == "1");
}

TEST_CASE("connection: what could end or bend a session of ours is pinned", "[pg][server]") {
  const Postgres server;
  for (const char* setting :
       {"wal_sender_timeout = 0", "statement_timeout = '1s'", "row_security = on",
        "idle_in_transaction_session_timeout = '1s'", "lc_monetary = 'C.UTF-8'"}) {
    server.psql(std::string("ALTER SYSTEM SET ") + setting);
  }
  server.psql("SELECT pg_reload_conf()");
  for (const Mode mode : {Mode::Sql, Mode::Replication}) {
    auto connection = connect(options_for(server), mode);
    const auto setting = [&](const std::string& name) {
      return must(connection.query("SELECT current_setting('" + name + "')"))[0][0].value_or("");
    };
    CHECK(setting("statement_timeout") == "0");
    CHECK(setting("idle_in_transaction_session_timeout") == "0");
    CHECK(setting("row_security") == "off");
    CHECK(setting("lc_monetary") == "C");
    if (mode == Mode::Replication) CHECK(setting("wal_sender_timeout") == "1min");
  }
}

TEST_CASE("connection: a server that does not answer is Transient in time", "[pg][server]") {
  const Postgres server;
  auto connection = connect(options_for(server));
  connection.set_patience(std::chrono::milliseconds(200));
  const auto began = std::chrono::steady_clock::now();
  const auto late = connection.query("SELECT pg_sleep(30)");
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(20));
  REQUIRE_FALSE(late.ok());
  CHECK(late.error().kind == ErrorKind::Transient);
  CHECK(contains(late.error().what, "no answer"));
}
