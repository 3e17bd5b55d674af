#include "daemon/admin/json.h"

#include <simdjson.h>

#include <catch2/catch.hpp>

#include "tests/support/snapshots.h"

using namespace slotcast;
using simdjson::dom::element;

namespace {

// The parser is another hand's: what it refuses, users' tools refuse.
element parse(simdjson::dom::parser& parser, const std::string& text) {
  element root;
  INFO(text);
  REQUIRE(parser.parse(text).get(root) == simdjson::SUCCESS);
  return root;
}

std::uint64_t number(const element& root, const char* pointer) {
  std::uint64_t value = 0;
  INFO(pointer);
  REQUIRE(root.at_pointer(pointer).get_uint64().get(value) == simdjson::SUCCESS);
  return value;
}

std::string text(const element& root, const char* pointer) {
  std::string_view value;
  INFO(pointer);
  REQUIRE(root.at_pointer(pointer).get_string().get(value) == simdjson::SUCCESS);
  return std::string(value);
}

}  // namespace

TEST_CASE("status json: every field of the snapshot is there with its own value", "[admin]") {
  simdjson::dom::parser parser;
  const element root = parse(parser, admin::status_json(test::healthy_snapshot()));
  CHECK(text(root, "/version") == "9.8.7");
  CHECK(text(root, "/pipeline") == "shop");
  CHECK(text(root, "/slot") == "slotcast_shop");
  CHECK(text(root, "/reason").empty());
  CHECK(text(root, "/capture/state") == "streaming");
  CHECK(text(root, "/capture/head") == "1/900");
  CHECK(text(root, "/capture/received") == "1/800");
  CHECK(text(root, "/capture/logged") == "1/700");
  CHECK(text(root, "/capture/confirmed") == "1/600");
  CHECK(number(root, "/capture/lag_bytes") == 0x200);
  CHECK(number(root, "/capture/transactions") == 101);
  CHECK(number(root, "/capture/messages") == 102);
  CHECK(number(root, "/capture/message_bytes") == 103);
  CHECK(number(root, "/capture/duplicate_transactions") == 104);
  CHECK(number(root, "/capture/reconnects") == 105);
  CHECK(text(root, "/slot_health/wal_status") == "reserved");
  CHECK(number(root, "/slot_health/safe_wal_bytes") == 106);
  CHECK(text(root, "/slot_health/restart") == "1/500");
  CHECK(number(root, "/log/first_record") == 107);
  CHECK(number(root, "/log/durable_record") == 108);
  CHECK(number(root, "/log/segments") == 109);
  CHECK(number(root, "/log/size_bytes") == 110);
  CHECK(number(root, "/log/max_size_bytes") == 111);
  CHECK(number(root, "/log/syncs") == 112);
  CHECK(number(root, "/log/blocks") == 113);
  CHECK(text(root, "/sinks/1/name") == "archive");
  CHECK(text(root, "/sinks/1/state") == "running");
  CHECK(text(root, "/sinks/1/delivered") == "0/12D");
  CHECK(number(root, "/sinks/1/lag_bytes") == 302);
  CHECK(double(root.at_pointer("/sinks/1/lag_seconds")) == 300.25);
  CHECK(number(root, "/sinks/1/rows") == 303);
  CHECK(number(root, "/sinks/1/batches") == 304);
  CHECK(number(root, "/sinks/1/bytes") == 305);
  CHECK(number(root, "/sinks/1/retries") == 306);
  CHECK(number(root, "/sinks/1/open_rows") == 307);
  CHECK(number(root, "/sinks/1/dead_letters") == 308);
  CHECK(number(root, "/sinks/1/route_errors/routes[0]") == 309);
}

TEST_CASE("status json: an unknown position is null, never 0/0", "[admin]") {
  simdjson::dom::parser parser;
  const element root = parse(parser, admin::status_json(admin::Snapshot()));
  for (const char* pointer : {"/capture/head", "/capture/received", "/capture/logged",
                              "/capture/confirmed", "/slot_health/restart"}) {
    CHECK(root.at_pointer(pointer).is_null());
  }
  CHECK(number(root, "/capture/lag_bytes") == 0);
}

TEST_CASE("status json: stays JSON whatever names, errors and warnings hold", "[admin]") {
  simdjson::dom::parser parser;
  const element root = parse(parser, admin::status_json(test::nasty_snapshot()));
  CHECK(number(root, "/sinks/0/rows") == std::numeric_limits<std::uint64_t>::max());
  CHECK(text(root, "/sinks/0/last_error_at") == "2023-11-14T22:13:20.000000Z");
  CHECK(text(root, "/warnings/1") == "a plain warning");

  admin::Snapshot snapshot = test::healthy_snapshot();
  for (int byte = 1; byte < 0x80; ++byte) {
    snapshot.warnings = {std::string("<") + static_cast<char>(byte) + ">"};
    snapshot.sinks[0].last_error = snapshot.warnings[0];
    const element again = parse(parser, admin::status_json(snapshot));
    CHECK(text(again, "/warnings/0") == snapshot.warnings[0]);
    CHECK(text(again, "/sinks/0/last_error") == snapshot.warnings[0]);
  }
}
