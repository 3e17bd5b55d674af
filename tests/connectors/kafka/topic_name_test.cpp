#include "connectors/kafka/topic_name.h"

#include <catch2/catch.hpp>

using namespace slotcast;
using kafka::TopicNames;

namespace {

std::string made(const std::string& text, const TopicNames& names) {
  REQUIRE(kafka::check_topic_template(text).ok());
  const auto name = kafka::topic_name(text, names);
  return name.ok() ? name.value() : "error: " + name.error().what;
}

}  // namespace

TEST_CASE("kafka: topics are named by the template", "[kafka]") {
  const TopicNames names{"shop", "events", "public", "orders"};
  CHECK(made("{name}.{schema}.{table}", names) == "shop.public.orders");
  CHECK(made("{sink}-{table}_v2", names) == "events-orders_v2");
  CHECK(made("all", names) == "all");
  CHECK(made("{schema}.{table}", {"shop", "events", "my schema", "größe$1"}) ==
        "my_schema.gr____e_1");
  CHECK(made("{table}", {"shop", "events", "s", std::string(249, 'a')}) == std::string(249, 'a'));
  CHECK(made("{table}", {"shop", "events", "s", std::string(250, 'a')}).find("249") !=
        std::string::npos);
  CHECK(made("{table}", {"shop", "events", "s", ".."}).find("error") == 0);
}

TEST_CASE("kafka: a template that names no topic is refused with the reason", "[kafka]") {
  const std::pair<const char*, const char*> wrong[] = {
      {"", "cannot be a topic's name"},
      {".", "cannot be a topic's name"},
      {"{schema}/{table}", "'/' cannot be in a topic's name"},
      {"{database}.{table}", "{database} is none of {name}, {sink}, {schema}, {table}"},
      {"{table", "'{' without '}'"},
  };
  for (const auto& [text, says] : wrong) {
    const Status checked = kafka::check_topic_template(text);
    REQUIRE_FALSE(checked.ok());
    CHECK(checked.error().what.find(says) != std::string::npos);
  }
}

TEST_CASE("kafka: tables that the template tells apart do not meet in a topic", "[kafka]") {
  const TopicNames one{"shop", "events", "public", "t$"};
  const auto apart = [&](const char* text, const char* schema, const char* table) {
    return kafka::check_apart(text, "public.t_", one, {"shop", "events", schema, table});
  };
  const Status met = apart("{schema}.{table}", "public", "t%");
  REQUIRE_FALSE(met.ok());
  CHECK(met.error().kind == ErrorKind::Invalid);
  CHECK(met.error().what ==
        "tables public.t$ and public.t% would meet in topic public.t_: give one another target "
        "name in its route");
  CHECK_FALSE(apart("{schema}.x", "other", "t$").ok());
  CHECK(apart("{schema}.{table}", "public", "t$").ok());
  // Together on purpose.
  CHECK(apart("{schema}", "public", "t%").ok());
  CHECK(apart("all", "other", "t%").ok());
}
