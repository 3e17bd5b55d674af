// Goal:   whatever is pushed down into the publications, the server takes it, the application's
//         statements go on working, and the publications follow the routes.
// Method: every kind of replica identity with filters and select lists of key columns and others,
//         on a real server: the application's statements are run after each change, and what the
//         server has in its catalog is read by the test itself.
#include "lib/capture/narrower.h"

#include <map>
#include <sstream>

#include "tests/lib/pg/source.h"
#include "tests/support/power_disk.h"

using namespace slotcast;
using namespace slotcast::pg::test;
using capture::Narrower;
using route::Route;
using slotcast::test::Postgres;

namespace {

// (id, code, note, big) each; % stands for the table's name.
const std::map<std::string, std::string> kTables = {
    {"by_default", "CREATE TABLE % (COLUMNS, PRIMARY KEY (id))"},
    {"by_both", "CREATE TABLE % (COLUMNS, PRIMARY KEY (id, code))"},
    {"by_full", "CREATE TABLE % (COLUMNS, PRIMARY KEY (id)); ALTER TABLE % REPLICA IDENTITY FULL"},
    {"full_without_key", "CREATE TABLE % (COLUMNS); ALTER TABLE % REPLICA IDENTITY FULL"},
    {"by_index",
     "CREATE TABLE % (COLUMNS, PRIMARY KEY (id)); CREATE UNIQUE INDEX %_i ON % (code);"
     "ALTER TABLE % REPLICA IDENTITY USING INDEX %_i"},
    {"nothing",
     "CREATE TABLE % (COLUMNS, PRIMARY KEY (id)); ALTER TABLE % REPLICA IDENTITY NOTHING"},
    {"without_key", "CREATE TABLE % (COLUMNS)"},
    {"deferred", "CREATE TABLE % (COLUMNS, PRIMARY KEY (id) DEFERRABLE)"},
    {"generated",
     "CREATE TABLE % (COLUMNS, twice int GENERATED ALWAYS AS (id * 2) STORED, PRIMARY KEY (id))"},
    {"parted", "PARTED"},
    {"parted_full_above", "PARTED; ALTER TABLE % REPLICA IDENTITY FULL"},
    {"parted_full_below", "PARTED; ALTER TABLE %_low REPLICA IDENTITY FULL"},
    {"parted_full",
     "PARTED; ALTER TABLE % REPLICA IDENTITY FULL; ALTER TABLE %_low REPLICA IDENTITY FULL;"
     "ALTER TABLE %_high REPLICA IDENTITY FULL"},
    {"parted_by_index",
     "PARTED; CREATE UNIQUE INDEX %_i ON %_low (code);"
     "ALTER TABLE %_low REPLICA IDENTITY USING INDEX %_i"},
    {"parted_without", "PARTED; ALTER TABLE %_high REPLICA IDENTITY NOTHING"}};

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

std::string ddl_of(const std::string& name, const std::string& form) {
  const std::string parted =
      "CREATE TABLE % (COLUMNS, PRIMARY KEY (id)) PARTITION BY RANGE (id);"
      "CREATE TABLE %_low PARTITION OF % FOR VALUES FROM (0) TO (100);"
      "CREATE TABLE %_high (big text, gone int, code text NOT NULL, id int NOT NULL, note text);"
      "ALTER TABLE %_high DROP gone;"
      "ALTER TABLE % ATTACH PARTITION %_high FOR VALUES FROM (100) TO (1000)";
  std::string ddl = replaced(form, "PARTED", parted);
  ddl = replaced(ddl, "COLUMNS", "id int NOT NULL, code text NOT NULL, note text, big text");
  return replaced(ddl, "%", name);
}

// Fails when a publication stands in the way of one of them.
void use(const Postgres& server, const std::string& table) {
  CAPTURE(table);
  CHECK_NOTHROW(server.psql(replaced(
      "INSERT INTO % (id, code, note) VALUES (1, '1', 'a'), (2, '2', 'b'), (150, '150', 'c');"
      "UPDATE % SET note = 'x' WHERE id = 1; UPDATE % SET id = 3, code = '3' WHERE id = 2;"
      "UPDATE % SET id = id + 100, code = code || 'x' WHERE id = 3;"
      "DELETE FROM % WHERE id = 1; TRUNCATE %",
      "%", table)));
}

Route route_of(const std::string& where, const std::string& select,
               const std::string& from = "public.*") {
  Route route;
  route.name = "routes[0]";
  route.from.push_back(std::move(route::TablePattern::parse(from)).value());
  auto shaping = std::make_shared<route::Shaping>();
  shaping->place = [](route::Shaping::Clause, std::uint32_t) { return std::string("here"); };
  if (!where.empty()) {
    shaping->where = std::move(sql::parse_where(where).value);
    shaping->where_text = where;
    REQUIRE(shaping->where);
  }
  if (!select.empty()) {
    shaping->select = std::move(sql::parse_select(select).value);
    shaping->select_text = select;
    REQUIRE_FALSE(shaping->select.empty());
  }
  if (shaping->where || !shaping->select.empty()) route.shaping = std::move(shaping);
  return route;
}

// One pipeline's state directory, options and connection.
struct Pipeline {
  explicit Pipeline(const Postgres& server, const std::string& role = "postgres")
      : options(options_for(server.uri(role))), sql(connect(options)) {
    options.pushes_down = true;
  }

  Status align(std::vector<Route> routes) {
    Narrower narrower(disk, options, std::move(routes), [this](const pg::SourceTable& table) {
      missed.insert(table.table);
      return Status();
    });
    const Status done = narrower.align(sql, must(pg::list_tables(sql)));
    warnings = narrower.warnings();
    return done;
  }

  pg::Options options;
  pg::Connection sql;
  slotcast::test::PowerDisk disk;
  std::set<std::string> missed;       // tables to be read anew
  std::vector<std::string> warnings;  // of the last time
};

// "id,code|(id > 5)" of each table that has either.
std::map<std::string, std::string> narrowed(const Postgres& server) {
  std::map<std::string, std::string> found;
  std::istringstream lines(server.psql(
      "SELECT prrelid::regclass || ';' || coalesce((SELECT string_agg(attname, ',' ORDER BY attnum)"
      " FROM pg_attribute WHERE attrelid = prrelid AND attnum = ANY (prattrs::int2[])), '') || '|'"
      " || coalesce(pg_get_expr(prqual, prrelid), '') FROM pg_publication_rel"
      " WHERE prattrs IS NOT NULL OR prqual IS NOT NULL"));
  for (std::string line; std::getline(lines, line);) {
    found[line.substr(0, line.find(';'))] = line.substr(line.find(';') + 1);
  }
  return found;
}

const std::set<std::string> kInsertOnly = {"nothing", "without_key", "deferred", "parted_without"};

void make_all(const Postgres& server, Pipeline& pipeline) {
  for (const auto& [name, form] : kTables) server.psql(ddl_of(name, form));
  must(
      pg::create_publications(pipeline.sql, pipeline.options, must(pg::list_tables(pipeline.sql))));
}

using Found = std::map<std::string, std::string>;

}  // namespace

TEST_CASE("pushdown: no statement of the application fails", "[capture][pushdown][server]") {
  const Postgres server;
  Pipeline pipeline(server);
  make_all(server, pipeline);
  for (const auto& [where, select] : std::vector<std::pair<std::string, std::string>>{
           {"id > 5", ""},
           {"code <> '7' AND id IS NOT NULL", "code"},
           {"note = 'x' OR note IS NULL", "id, upper(note) AS note"},
           {"big LIKE 'a%'", "id"},
           {"", "note"}}) {
    CAPTURE(where, select);
    must(pipeline.align({route_of(where, select)}));
    CHECK_FALSE(narrowed(server).empty());
    for (const auto& [name, form] : kTables) use(server, name);
  }
  pipeline.options.pushes_down = false;
  must(pipeline.align({}));
  CHECK(narrowed(server).empty());
  for (const auto& [name, form] : kTables) use(server, name);
}

TEST_CASE("pushdown: as much as each identity allows", "[capture][pushdown][server]") {
  const Postgres server;
  Pipeline pipeline(server);
  make_all(server, pipeline);
  must(pipeline.align({route_of("id > 5", "note")}));
  const Found by_key = narrowed(server);
  CHECK(by_key.at("by_default") == "id,note|(id > 5)");
  CHECK(by_key.at("by_both") == "id,code,note|(id > 5)");
  CHECK(by_key.at("by_full") == "|(id > 5)");
  CHECK(by_key.at("full_without_key") == "|(id > 5)");
  CHECK(by_key.at("by_index") == "id,code,note|");
  CHECK(by_key.at("nothing") == "|(id > 5)");
  CHECK(by_key.at("without_key") == "|(id > 5)");
  CHECK(by_key.at("deferred") == "|(id > 5)");
  CHECK(by_key.at("generated") == "id,note|(id > 5)");
  CHECK(by_key.at("parted") == "id,note|(id > 5)");
  CHECK(by_key.at("parted_full_above") == "|(id > 5)");
  CHECK(by_key.at("parted_full_below") == "|(id > 5)");
  CHECK(by_key.at("parted_full") == "|(id > 5)");
  CHECK(by_key.at("parted_by_index") == "id,code,note|");
  CHECK(by_key.at("parted_without") == "|(id > 5)");

  must(pipeline.align({route_of("note = 'x'", "")}));
  Found by_other;
  for (const std::string& name : kInsertOnly) by_other[name] = "|(note = 'x'::text)";
  by_other["by_full"] = by_other["full_without_key"] = "|(note = 'x'::text)";
  CHECK(narrowed(server) == by_other);
}

TEST_CASE("pushdown: follows the routes, and touches nothing that is right",
          "[capture][pushdown][server]") {
  const Postgres server;
  Pipeline pipeline(server);
  server.psql(
      "CREATE TABLE t (id int PRIMARY KEY, note text, big text);"
      "CREATE TABLE other (id int PRIMARY KEY, note text)");
  must(
      pg::create_publications(pipeline.sql, pipeline.options, must(pg::list_tables(pipeline.sql))));
  const Route on_t = route_of("id > 5", "note", "public.t");
  must(pipeline.align({on_t}));
  CHECK(narrowed(server) == Found{{"t", "id,note|(id > 5)"}});
  const auto version = [&] {
    return server.psql("SELECT max(xmin::text::bigint) FROM pg_publication_rel");
  };
  const std::string before = version();
  must(pipeline.align({on_t}));
  CHECK(version() == before);
  // Wider, by the same text somewhere else, and by another one.
  must(pipeline.align({on_t, route_of("id < 2", "big", "public.t")}));
  CHECK(narrowed(server) == Found{{"t", "|((id > 5) OR (id < 2))"}});
  // Somebody was here.
  server.psql("ALTER PUBLICATION slotcast_shop SET TABLE ONLY t WHERE (id = 1), ONLY other");
  must(pipeline.align({on_t}));
  CHECK(narrowed(server) == Found{{"t", "id,note|(id > 5)"}});
  // A table whose identity became another one.
  server.psql("ALTER TABLE t REPLICA IDENTITY FULL");
  must(pipeline.align({on_t}));
  CHECK(narrowed(server) == Found{{"t", "|(id > 5)"}});
  pipeline.options.pushes_down = false;
  server.psql(
      "ALTER PUBLICATION slotcast_shop DROP TABLE other;"
      "ALTER PUBLICATION slotcast_shop ADD TABLE other (id)");
  must(pipeline.align({on_t}));
  CHECK(narrowed(server) == Found{{"other", "id|"}});  // not ours
}

TEST_CASE("pushdown: without rights more may be sent, but never less",
          "[capture][pushdown][server]") {
  const Postgres server;
  server.psql(
      "CREATE TABLE t (id int PRIMARY KEY, note text, big text); CREATE ROLE cdc LOGIN;"
      "GRANT SELECT ON t TO cdc;"
      "CREATE PUBLICATION slotcast_shop FOR TABLE ONLY t;"
      "CREATE PUBLICATION slotcast_shop_insert WITH (publish = 'insert')");
  Pipeline pipeline(server, "cdc");
  const Route low = route_of("id < 5", "note");
  const Route all = route_of("", "");
  must(pipeline.align({low}));
  CHECK(narrowed(server).empty());
  server.psql("ALTER PUBLICATION slotcast_shop SET TABLE ONLY t (id, note) WHERE (id < 5)");
  must(pipeline.align({low}));
  must(pipeline.align({low}));
  for (const Route& wider : {all, route_of("id < 7", "note"), route_of("id < 5", "big")}) {
    const Status refused = pipeline.align({low, wider});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == ErrorKind::Invalid);
    CHECK(contains(refused.error().what, "A DBA can run: BEGIN; ALTER PUBLICATION"));
  }
  // The statement is what it takes.
  const Status refused = pipeline.align({all});
  REQUIRE_FALSE(refused.ok());
  server.psql(refused.error().what.substr(refused.error().what.find("BEGIN;")));
  must(pipeline.align({all}));
  CHECK(narrowed(server).empty());
}

TEST_CASE("pushdown: what may not have been sent meanwhile is read anew",
          "[capture][pushdown][server]") {
  const Postgres server;
  Pipeline pipeline(server);
  server.psql(
      "CREATE TABLE t (id int PRIMARY KEY, flag text, note text);"
      "CREATE TABLE other (id int PRIMARY KEY, note text)");
  must(
      pg::create_publications(pipeline.sql, pipeline.options, must(pg::list_tables(pipeline.sql))));
  const Route on_t = route_of("id > 5", "id, flag", "public.t");
  const auto missed = [&](const std::vector<Route>& routes) {
    pipeline.missed.clear();
    must(pipeline.align(routes));
    return pipeline.missed;
  };
  using Names = std::set<std::string>;
  CHECK(missed({on_t}) == Names{});
  CHECK(missed({on_t}) == Names{});
  // Routes that ask for more have their own reading.
  CHECK(missed({on_t, route_of("id < 2", "id, note", "public.t")}) == Names{});
  CHECK(missed({on_t}) == Names{});
  // A new column under an old name: the list went with the old one.
  server.psql(
      "ALTER TABLE t ADD flag2 text; ALTER TABLE t RENAME flag TO flag_old;"
      "ALTER TABLE t RENAME flag2 TO flag");
  CHECK(missed({on_t}) == Names{"t"});
  CHECK(narrowed(server) == Found{{"t", "id,flag|(id > 5)"}});
  CHECK(missed({on_t}) == Names{});
  // A column that a route names and the table did not have.
  const Route on_more = route_of("id > 5", "id, more", "public.t");
  CHECK(missed({on_more}) == Names{});
  server.psql("ALTER TABLE t ADD more text");
  CHECK(missed({on_more}) == Names{"t"});
  CHECK(narrowed(server) == Found{{"t", "id,more|(id > 5)"}});
  // Somebody let less pass; and more.
  server.psql("ALTER PUBLICATION slotcast_shop SET TABLE ONLY t (id, more) WHERE (id = 1), other");
  CHECK(missed({on_more}) == Names{"t"});
  server.psql("ALTER PUBLICATION slotcast_shop SET TABLE ONLY t, other");
  CHECK(missed({on_more}) == Names{});
  // With FULL more is sent than before.
  server.psql("ALTER TABLE t REPLICA IDENTITY FULL");
  CHECK(missed({on_more}) == Names{});
  CHECK(narrowed(server) == Found{{"t", "|(id > 5)"}});
}

TEST_CASE("pushdown: a publication is one pipeline's, also after its memory is lost",
          "[capture][pushdown][server]") {
  const Postgres server;
  Pipeline first(server), second(server), again(server);
  server.psql("CREATE TABLE t (id int PRIMARY KEY, note text)");
  server.psql("SELECT pg_create_logical_replication_slot('first', 'pgoutput')");
  first.options.slot = again.options.slot = "first";
  second.options.slot = "second";
  must(pg::create_publications(first.sql, first.options, must(pg::list_tables(first.sql))));
  const Route low = route_of("id < 5", "", "public.t");
  must(first.align({low}));
  for (const bool pushes_down : {true, false}) {
    second.options.pushes_down = pushes_down;
    const Status refused = second.align({route_of("", "", "public.t")});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == ErrorKind::Invalid);
    CHECK(contains(refused.error().what, "the pipeline of slot first"));
  }
  CHECK(narrowed(server) == Found{{"t", "|(id < 5)"}});
  again.options.pushes_down = false;  // with another state directory
  must(again.align({low}));
  CHECK(narrowed(server).empty());
  CHECK(server
            .psql("SELECT obj_description(oid) FROM pg_publication WHERE pubname = "
                  "'slotcast_shop'")
            .empty());
  second.options.pushes_down = true;
  must(second.align({low}));
  // A comment of somebody else's stays.
  server.psql("COMMENT ON PUBLICATION slotcast_shop IS 'of the shop'");
  must(second.align({route_of("id < 7", "", "public.t")}));
  CHECK(narrowed(server) == Found{{"t", "|(id < 7)"}});
  CHECK(contains(server.psql("SELECT obj_description(oid) FROM pg_publication"), "of the shop"));
}

TEST_CASE("pushdown: statements that fail, and that the role cannot mend, are told",
          "[capture][pushdown][server]") {
  const Postgres server;
  server.psql(
      "CREATE TABLE t (id int PRIMARY KEY, note text, big text); CREATE ROLE cdc LOGIN;"
      "GRANT SELECT ON t TO cdc;"
      "CREATE PUBLICATION slotcast_shop FOR TABLE ONLY t (id, note);"
      "CREATE PUBLICATION slotcast_shop_insert WITH (publish = 'insert')");
  Pipeline pipeline(server, "cdc");
  must(pipeline.align({route_of("", "note")}));
  CHECK(pipeline.warnings.empty());
  server.psql("ALTER TABLE t REPLICA IDENTITY FULL; INSERT INTO t VALUES (1)");
  CHECK_THROWS(server.psql("UPDATE t SET note = 'x'"));
  must(pipeline.align({route_of("", "note")}));  // what the routes need is sent
  REQUIRE(pipeline.warnings.size() == 1);
  CHECK(contains(pipeline.warnings[0], "UPDATE and DELETE fail at the application"));
  server.psql(pipeline.warnings[0].substr(pipeline.warnings[0].find("BEGIN;")));
  CHECK_NOTHROW(server.psql("UPDATE t SET note = 'x'"));
}

TEST_CASE("pushdown: a lock on one table keeps none of the others", "[capture][pushdown][server]") {
  const Postgres server;
  Pipeline pipeline(server);
  server.psql("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY)");
  must(
      pg::create_publications(pipeline.sql, pipeline.options, must(pg::list_tables(pipeline.sql))));
  auto locking = connect(pipeline.options);
  must(locking.query("BEGIN; LOCK TABLE a IN SHARE UPDATE EXCLUSIVE MODE"));
  must(pipeline.align({route_of("id > 5", "")}));  // more is sent than has to be
  CHECK(narrowed(server) == Found{{"b", "|(id > 5)"}});
  must(locking.query("COMMIT"));
  must(pipeline.align({route_of("id > 5", "")}));
  must(locking.query("BEGIN; LOCK TABLE a IN SHARE UPDATE EXCLUSIVE MODE"));
  const Status waits = pipeline.align({route_of("id > 3", "")});
  REQUIRE_FALSE(waits.ok());
  CHECK(waits.error().kind == ErrorKind::Transient);
  CHECK(narrowed(server) == Found{{"a", "|(id > 5)"}, {"b", "|(id > 3)"}});
  REQUIRE(pipeline.warnings.size() == 1);
  must(locking.query("COMMIT"));
  must(pipeline.align({route_of("id > 3", "")}));
  CHECK(narrowed(server) == Found{{"a", "|(id > 3)"}, {"b", "|(id > 3)"}});
  CHECK(pipeline.warnings.empty());
}

TEST_CASE("pushdown: what the server does not take is left out", "[capture][pushdown][server]") {
  const Postgres server;
  Pipeline pipeline(server);
  server.psql(
      "CREATE DOMAIN word AS text; CREATE TYPE mood AS ENUM ('sad', 'glad');"
      "CREATE TABLE t (id word PRIMARY KEY, note text, big text)");
  must(
      pg::create_publications(pipeline.sql, pipeline.options, must(pg::list_tables(pipeline.sql))));
  must(pipeline.align({route_of("id = 'x'", "note")}));
  CHECK(narrowed(server) == Found{{"t", "id,note|"}});
  server.psql("INSERT INTO t VALUES ('x'); UPDATE t SET id = 'y'; DELETE FROM t");
}
