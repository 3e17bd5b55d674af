#include "lib/pg/slot.h"

#include <thread>

#include "lib/pg/guards.h"
#include "lib/pg/health.h"
#include "tests/lib/pg/source.h"

using namespace slotcast;
using namespace slotcast::pg;
using namespace slotcast::pg::test;
using slotcast::test::Postgres;
using Mode = Connection::Mode;

namespace {

constexpr Duration kPatience = std::chrono::seconds(20);

SourceMemory memory_of(const ServerFacts& facts, const Options& options, Lsn point) {
  return {facts.system_identifier, facts.timeline, facts.database, options.slot, point};
}

}  // namespace

TEST_CASE("slot: a new one is found again with its facts and passes the guards", "[pg][server]") {
  const Postgres server;
  const Options options = options_for(server);
  auto connection = connect(options, Mode::Replication);
  CHECK_FALSE(must(read_server_facts(connection, options.slot)).slot.has_value());
  const Lsn point = must(create_slot(connection, options, kPatience)).consistent_point;
  const ServerFacts facts = must(read_server_facts(connection, options.slot));
  REQUIRE(facts.slot.has_value());
  CHECK(facts.slot->plugin == "pgoutput");
  CHECK(facts.slot->confirmed == point);
  CHECK(facts.slot->wal_status == "reserved");
  CHECK(facts.slot->safe_wal_bytes == -1);
  CHECK_FALSE(facts.slot->active_pid.has_value());
  CHECK(facts.database == "postgres");
  CHECK(facts.timeline == 1);
  CHECK(facts.system_identifier ==
        server.psql("SELECT system_identifier FROM pg_control_system()"));
  CHECK_FALSE(find_guard_failure(facts, memory_of(facts, options, point), point).has_value());

  auto sql = connect(options);
  const SlotHealth health = must(read_slot_health(sql, options.slot));
  CHECK(health.head >= point);
  CHECK(health.slot.has_value());

  const auto again = create_slot(connection, options, kPatience);
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().kind == ErrorKind::Invalid);
}

TEST_CASE("slot: creation behind an open transaction names it, and works later", "[pg][server]") {
  const Postgres server;
  server.psql("CREATE TABLE t (id int)");
  const Options options = options_for(server);
  auto writer = connect(options);
  must(writer.query("BEGIN").status());
  must(writer.query("INSERT INTO t VALUES (1)").status());
  const std::string pid = must(writer.query("SELECT pg_backend_pid()"))[0][0].value_or("?");
  auto connection = connect(options, Mode::Replication);
  const auto late = create_slot(connection, options, std::chrono::milliseconds(500));
  REQUIRE_FALSE(late.ok());
  CHECK(late.error().kind == ErrorKind::Transient);
  CHECK(contains(late.error().what, "process " + pid));
  CHECK(server.psql("SELECT count(*) FROM pg_replication_slots") == "0");
  must(writer.query("COMMIT").status());
  CHECK(must(create_slot(connection, options, kPatience)).consistent_point.value > 0);
}

TEST_CASE("slot: one that was advanced behind our back trips the guard", "[pg][server]") {
  const Postgres server;
  const Options options = options_for(server);
  auto connection = connect(options, Mode::Replication);
  const Lsn point = must(create_slot(connection, options, kPatience)).consistent_point;
  server.psql("CREATE TABLE t (id int); INSERT INTO t VALUES (1); SELECT pg_switch_wal()");
  server.psql("SELECT pg_replication_slot_advance('slotcast_shop', pg_current_wal_flush_lsn())");
  const ServerFacts facts = must(read_server_facts(connection, options.slot));
  const auto failure = find_guard_failure(facts, memory_of(facts, options, point), point);
  REQUIRE(failure.has_value());
  CHECK(failure->reason == GuardFailure::Reason::SlotAdvanced);
  CHECK(failure->gap_from == point);
  CHECK(failure->gap_to == facts.slot->confirmed);
}

TEST_CASE("slot: one that lost its WAL trips the guard", "[pg][server]") {
  const Postgres server({"max_slot_wal_keep_size = '1MB'", "wal_keep_size = 0"});
  const Options options = options_for(server);
  auto connection = connect(options, Mode::Replication);
  const Lsn point = must(create_slot(connection, options, kPatience)).consistent_point;
  CHECK(must(read_slot(connection, options.slot))->safe_wal_bytes > 0);
  for (int i = 0; i < 4; ++i) {
    server.psql("CREATE TABLE IF NOT EXISTS t (id int); INSERT INTO t VALUES (1)");
    server.psql("SELECT pg_switch_wal()");
  }
  server.psql("CHECKPOINT");
  const ServerFacts facts = must(read_server_facts(connection, options.slot));
  const auto failure = find_guard_failure(facts, memory_of(facts, options, point), point);
  REQUIRE(failure.has_value());
  CHECK(failure->reason == GuardFailure::Reason::SlotInvalidated);
}

TEST_CASE("slot: after a promotion the history tells where our timeline ended", "[pg][server]") {
  Postgres server;
  const Options options = options_for(server);
  ServerFacts before;
  Lsn point;
  {
    auto connection = connect(options, Mode::Replication);
    point = must(create_slot(connection, options, kPatience)).consistent_point;
    before = must(read_server_facts(connection, options.slot));
  }
  server.stop_fast();
  server.put_file("standby.signal", "");
  server.start();
  {
    auto standby = connect(options, Mode::Replication);
    CHECK(must(read_server_facts(standby, options.slot)).in_recovery);
  }
  server.psql("SELECT pg_promote()");
  auto connection = connect(options, Mode::Replication);
  const ServerFacts after = must(read_server_facts(connection, options.slot));
  CHECK_FALSE(after.in_recovery);
  CHECK(after.timeline == 2);
  REQUIRE(after.history.size() == 1);
  CHECK(after.history[0].timeline == 1);
  CHECK(after.history[0].at >= before.flush);
  const SourceMemory memory = memory_of(before, options, point);
  CHECK_FALSE(find_guard_failure(after, memory, point).has_value());
  const auto failure = find_guard_failure(after, memory, {after.history[0].at.value + 1});
  REQUIRE(failure.has_value());
  CHECK(failure->reason == GuardFailure::Reason::OtherTimeline);
}
