#include "daemon/check_live.h"

#include <sstream>

#include "tests/lib/preflight/scene.h"

using namespace slotcast;
using namespace slotcast::preflight::test;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

std::string rendered(const Scene& scene) {
  config::Config config;
  config.name = "shop";
  config.source = scene.wanted.pg;
  return render_preflight(scene.report(), config, 80);
}

}  // namespace

TEST_CASE("check --live: says what the server and each table are", "[check]") {
  Scene scene;
  scene.begin();
  scene.facts.slot->safe_wal_bytes = 3 << 20;
  scene.facts.tables[0].rows = 12;
  scene.facts.tables[0].bytes = 8192;
  const std::string text = rendered(scene);
  CHECK_THAT(text,
             StartsWith("pipeline  shop\n"
                        "server    PostgreSQL 15.20, primary, database shop, role cdc\n"
                        "wal       wal_level logical, max_slot_wal_keep_size 10GB\n"
                        "in use    slots 1 of 10, wal senders 1 of 10, connections 10 of 97\n"
                        "slot      slotcast_shop, read by nobody at the moment, wal_status "
                        "reserved,\n          confirmed 0/4000, lost after 3.0 MiB more of WAL\n"));
  CHECK_THAT(text, EndsWith("\ntable public.orders: 8.0 KiB, about 12 rows, to lake\n"
                            "  identity primary key (id); published by slotcast_shop\n"
                            "\nok: 1 table, 0 warnings\n"));
}

TEST_CASE("check --live: the verdict counts, and the SQL stands before it", "[check]") {
  Scene scene;
  scene.facts.instance.wal_level = "replica";
  scene.facts.instance.wal_keep_size = "-1";
  scene.table("notes");
  const std::string text = rendered(scene);
  CHECK_THAT(text, Contains("\n  ERROR   wal_level is replica: set it to logical, which takes a "
                            "restart of the\n          server\n"));
  CHECK_THAT(text, Contains("\nWhat a DBA would run:\n") &&
                       Contains("\n  ALTER SYSTEM SET wal_level = logical;"));
  CHECK_THAT(text, EndsWith("\n\nnot ready: 1 error, 2 warnings\n"));
}

// Whoever may make a table chooses its name: it must move no cursor and end no comment.
TEST_CASE("check --live: no name widens the report or leaves its line", "[check]") {
  Scene scene;
  scene.wanted.routes.clear();
  scene.route("*.*");
  scene.table("evil\n; DROP TABLE t; \x1b[2J");
  scene.facts.tables.back().better_index = "by\rcode";
  scene.table(std::string(63, 'w')).source.schema = std::string(63, 's');
  scene.facts.instance.role.name = "role\nwith lines";
  scene.facts.instance.role.may_replicate = false;
  const std::string text = rendered(scene);
  std::istringstream lines(text);
  bool is_sql = false;
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    is_sql = is_sql || line == "What a DBA would run:";
    CHECK((is_sql || line.size() <= 80));
    CHECK(line.find_first_of("\x1b\r") == std::string::npos);
    CHECK_FALSE(line.starts_with("; DROP"));
  }
  CHECK_THAT(text, Contains("-- a name in it cannot be printed: -- ALTER TABLE"));
}
