// Goal: which messages a sink wants is read, printed and refused where it would do nothing.
// Method: configurations, and what they print as.
#include <catch2/catch.hpp>

#include "config/load.h"
#include "config/print.h"

using namespace slotcast;

namespace {

config::Loaded load(const std::string& kafka) {
  return config::load_text(
      "p.yaml",
      "name: shop\nstate: /tmp/none\nsource: {postgres: \"postgresql:///shop\"}\n"
      "sinks:\n  events: {kafka: {brokers: [\"k:9092\"], " +
          kafka +
          "}}\n"
          "routes:\n  - {from: public.*, to: events}\n",
      {});
}

}  // namespace

TEST_CASE("config: prefixes of messages are read and printed", "[config]") {
  const auto loaded = load("format: debezium, debezium: {messages: [app, \"audit.*\"]}");
  REQUIRE(loaded.config);
  const auto& options = std::get<kafka::Options>(loaded.config->sinks[0].connector);
  CHECK(options.format.messages == std::vector<std::string>{"app", "audit.*"});
  const auto again = config::load_text("again.yaml", config::print(*loaded.config), {});
  REQUIRE(again.config);
  CHECK(std::get<kafka::Options>(again.config->sinks[0].connector).format.messages ==
        options.format.messages);
  REQUIRE(load("format: debezium").config);
}

TEST_CASE("config: messages are refused with a format that has no place for them", "[config]") {
  CHECK_FALSE(load("format: json, debezium: {messages: [app]}").errors.empty());
  CHECK_FALSE(load("format: debezium, debezium: {messages: [slotcast]}").errors.empty());
}
