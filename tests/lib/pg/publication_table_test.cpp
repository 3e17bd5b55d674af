// Goal:   what a publication leaves out of a table is read as the server has it, and what is to be
//         left out is tried without a trace.
// Method: a real server; the oracle is its own output plugin and catalog.
#include "lib/pg/publication_table.h"

#include "lib/pg/source_relation.h"
#include "lib/pgoutput/message.h"
#include "tests/lib/pg/plugin.h"

using namespace slotcast;
using namespace slotcast::pg;
using namespace slotcast::pg::test;
using slotcast::test::Postgres;

namespace {

std::vector<std::string> names_of(const Relation& relation) {
  std::vector<std::string> names;
  for (const Column& column : relation.columns) names.push_back(column.name);
  return names;
}

}  // namespace

TEST_CASE("publication table: the columns are those of the stream", "[pg][server][pushdown]") {
  const Postgres server;
  server.psql(
      "CREATE TABLE t (a int, \"B \"\"x\"\", y\" text, gone int, id int PRIMARY KEY, c text);"
      "ALTER TABLE t DROP gone; INSERT INTO t VALUES (1, '1', 1, '1');"
      "CREATE PUBLICATION p FOR TABLE ONLY t");
  server.psql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
  Options options = options_for(server);
  options.publication = "p";
  auto connection = connect(options);
  const SourceTable table{"public", "t", true};
  const std::vector<std::string> quoted = {"B \"x\", y", "id"};
  for (const Narrowing& narrowing :
       {Narrowing{columns_text(quoted), "id > 0"}, Narrowing{"", "id <> 7"}, Narrowing{}}) {
    must(connection.query_within(narrow_ddl("p", table, narrowing), std::chrono::seconds(10)));
    const auto published = must(read_published_tables(connection, options));
    REQUIRE(published.size() == 1);
    CHECK(published[0].name() == "p public.t");
    CHECK(published[0].narrowing.columns == narrowing.columns);
    CHECK(published[0].narrowing.filter.empty() == narrowing.filter.empty());
    server.psql("UPDATE t SET a = a + 1");
    const auto messages = sent_by_plugin(connection, 'R');
    const auto is_sent = [&](const Relation& relation) {
      return std::any_of(messages.begin(), messages.end(), [&](const PluginMessage& message) {
        const auto sent = pgoutput::parse_relation(message, pgoutput::Framing::Whole);
        return sent && names_of(*sent) == names_of(relation);
      });
    };
    Relation relation = must(read_announced(connection, {table}))[0].relation;
    must(keep_published(connection, options, relation));
    CHECK(is_sent(relation));
    server.psql(
        "SELECT count(*) FROM pg_logical_slot_get_binary_changes('s', NULL, NULL,"
        " 'proto_version', '1', 'publication_names', 'p')");
  }
}

TEST_CASE("publication table: tried, and taken back", "[pg][server][pushdown]") {
  const Postgres server;
  server.psql(
      "CREATE TABLE t (id int PRIMARY KEY, v text); CREATE ROLE cdc LOGIN;"
      "CREATE FUNCTION mine(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1'");
  auto connection = connect(options_for(server));
  const Options options = options_for(server);
  const SourceTable table{"public", "t", true};
  const auto refusal = [&](Connection& asked, const Narrowing& narrowing) {
    return must(find_refusal(asked, options, table, narrowing, std::chrono::seconds(10)));
  };
  CHECK(refusal(connection, {"\"id\"", "id = 1 -- one\n"}).empty());
  CHECK(contains(refusal(connection, {"", "mine(id) = 1"}), "User-defined"));
  CHECK(contains(refusal(connection, {"", "now() > '2026-01-01'"}),
                 "mutable functions are not allowed"));
  CHECK(contains(refusal(connection, {"\"nowhere\"", ""}), "nowhere"));
  auto poor = connect(options_for(server.uri("cdc")));
  CHECK_FALSE(refusal(poor, {"\"id\"", ""}).empty());
  CHECK(server.psql("SELECT count(*) FROM pg_publication") == "0");
}
