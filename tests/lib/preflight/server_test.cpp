#include "tests/lib/preflight/scene.h"

using namespace slotcast;
using namespace slotcast::preflight;
using namespace slotcast::preflight::test;
using Catch::Matchers::Contains;

TEST_CASE("preflight: a server that fits has no error, no warning and no SQL", "[preflight]") {
  const Report report = Scene().report();
  CHECK(report.count(Finding::Kind::Error) == 0);
  CHECK(report.count(Finding::Kind::Warning) == 0);
  CHECK(report.sql.empty());
  REQUIRE(report.tables.size() == 1);
  CHECK(report.tables[0].sinks == std::vector<std::string>{"lake"});
  CHECK(report.tables[0].publication == "slotcast_shop");
  Scene begun;
  begun.begin();
  CHECK(errors(begun) + warnings(begun) == "");
}

TEST_CASE("preflight: settings that cannot do are errors with their statement", "[preflight]") {
  Scene scene;
  scene.facts.instance.wal_level = "replica";
  CHECK_THAT(errors(scene), Contains("wal_level is replica"));
  CHECK(has_sql(scene, "ALTER SYSTEM SET wal_level = logical;  -- then restart"));
  scene.facts.instance.version = 190000;
  CHECK(errors(scene) == "");
  scene.facts.instance.wal_level = "minimal";
  CHECK(errors(scene) != "");
  Scene standby;
  standby.facts.instance.in_recovery = true;
  CHECK_THAT(errors(standby), Contains("is a standby"));
}

TEST_CASE("preflight: settings that can hurt later are warnings", "[preflight]") {
  Scene scene;
  scene.facts.instance.wal_keep_size = "-1";
  CHECK_THAT(warnings(scene), Contains("max_slot_wal_keep_size is unlimited"));
  CHECK(has_sql(scene, "-- ALTER SYSTEM SET max_slot_wal_keep_size"));
  CHECK(errors(scene) == "");
  Scene idle;
  idle.facts.instance.idle_timeout = "0";
  CHECK(warnings(idle) == "");
  idle.facts.instance.idle_timeout = "2d";
  CHECK_THAT(warnings(idle), Contains("idle_replication_slot_timeout is 2d"));
  Scene old;
  old.facts.instance.version = 130010;
  CHECK_THAT(warnings(old), Contains("before PostgreSQL 14"));
}

TEST_CASE("preflight: a role without REPLICATION gets it the server's own way", "[preflight]") {
  Scene scene;
  scene.facts.instance.role.name = "the \"cdc\"";
  scene.facts.instance.role.may_replicate = false;
  scene.facts.replication.reset();
  CHECK(errors(scene) == "role the \"cdc\" lacks the REPLICATION attribute\n");
  CHECK(has_sql(scene, R"(ALTER ROLE "the ""cdc""" REPLICATION;)"));
  scene.facts.instance.role.has_rds_replication = true;
  scene.facts.instance.wal_level = "replica";
  CHECK(has_sql(scene, R"(GRANT rds_replication TO "the ""cdc""";)"));
  CHECK(has_sql(scene, "-- in the parameter group: rds.logical_replication = 1"));
  CHECK_FALSE(has_sql(scene, "ALTER SYSTEM"));
}

TEST_CASE("preflight: a refused replication connection is an error where nothing else tells why",
          "[preflight]") {
  Scene scene;
  scene.facts.replication.reset();
  scene.facts.replication_error = "no pg_hba.conf entry";
  CHECK_THAT(errors(scene), Contains("no replication connection can be made: no pg_hba.conf"));
  scene.facts.replication.emplace();
  scene.begin();
  scene.facts.replication.reset();
  scene.facts.slot->active_pid = 77;  // it has the only one
  CHECK(errors(scene) == "");
  CHECK_THAT(notes(scene), Contains("no second replication connection"));
}

TEST_CASE("preflight: slots are counted only while ours is still to be made", "[preflight]") {
  Scene scene;
  scene.facts.instance.slots = {2, 2};
  scene.facts.instance.idle_slots = "old_one";
  CHECK_THAT(errors(scene), Contains("2 of 2 are in use") && Contains("nobody reads old_one"));
  CHECK(has_sql(scene, "ALTER SYSTEM SET max_replication_slots = 6;"));
  scene.begin();
  CHECK(errors(scene) == "");
}

// The connection that made the slot holds its snapshot beside the stream until all is copied.
TEST_CASE("preflight: one wal sender is enough, but not while tables are copied", "[preflight]") {
  Scene scene;
  scene.facts.instance.senders = {4, 3};
  CHECK_THAT(warnings(scene), Contains("3 of 4 are in use, and slotcast needs 2"));
  CHECK(errors(scene) == "");
  scene.wanted.routes[0].copies_rows = false;
  CHECK(warnings(scene) == "");
  scene.facts.instance.senders = {4, 4};
  CHECK_THAT(errors(scene), Contains("4 of 4 are in use, and slotcast needs 1"));
  scene.begin();
  CHECK(errors(scene) != "");
  scene.facts.slot->active_pid = 77;  // ours, among the four
  CHECK(errors(scene) == "");
}

TEST_CASE("preflight: every limit on connections is counted to the last one", "[preflight]") {
  const auto spoil = [](pg::Budget pg::InstanceFacts::* which, std::int64_t free) {
    Scene scene;
    scene.wanted.snapshot_workers = 4;
    scene.facts.instance.*which = {20, 20 - free};
    return errors(scene);
  };
  // Three of its own and four workers; in the limits of role and database two walsenders as well.
  CHECK(spoil(&pg::InstanceFacts::connections, 7) == "");
  CHECK_THAT(spoil(&pg::InstanceFacts::connections, 6), Contains("connections of the server"));
  CHECK(spoil(&pg::InstanceFacts::role_connections, 9) == "");
  CHECK_THAT(spoil(&pg::InstanceFacts::role_connections, 8), Contains("of role cdc: 12 of 20"));
  CHECK(spoil(&pg::InstanceFacts::database_connections, 9) == "");
  CHECK_THAT(spoil(&pg::InstanceFacts::database_connections, 8), Contains("of database shop"));
}

TEST_CASE("preflight: a slot is judged by what the state directory knows", "[preflight]") {
  Scene scene;
  scene.publish();
  scene.has_slot();
  CHECK_THAT(errors(scene), Contains("this state directory knows nothing of it"));
  scene.wanted.pg.adopt_slot = true;
  CHECK_THAT(errors(scene), Contains("write start: log"));
  scene.wanted.routes[0].copies_rows = false;
  CHECK(errors(scene) == "");
  scene.wanted.pg.adopt_slot = false;
  scene.wanted.state = Wanted::State::Creating;
  CHECK(errors(scene) == "");
  scene.wanted.state = Wanted::State::Unknown;
  CHECK(errors(scene) == "");
  CHECK_THAT(notes(scene), Contains("is not known"));
  scene.facts.replication->slot->plugin = "wal2json";
  CHECK_THAT(errors(scene), Contains("has the plugin wal2json"));
}

TEST_CASE("preflight: the guards of every start are asked", "[preflight]") {
  Scene scene;
  scene.begin();
  scene.wanted.memory.system_identifier = "7002";
  CHECK_THAT(errors(scene), Contains("is another cluster"));
  Scene missing;
  missing.begin();
  missing.facts.slot.reset();
  missing.facts.replication->slot.reset();
  CHECK_THAT(errors(missing), Contains("does not exist: it was dropped"));
  missing.facts.replication.reset();
  CHECK_THAT(errors(missing), Contains("does not exist, but this state directory has read"));
  Scene lost;
  lost.begin();
  lost.facts.replication->slot->wal_status = "lost";
  CHECK_THAT(errors(lost), Contains("was invalidated"));
  Scene endangered;
  endangered.begin();
  endangered.facts.slot->wal_status = "unreserved";
  CHECK_THAT(warnings(endangered), Contains("about to throw away WAL"));
}
