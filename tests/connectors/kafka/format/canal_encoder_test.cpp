// Goal: canal has what Canal's flat messages have.
// Method: events_canal.golden, written by hand.
#include <simdjson.h>

#include <catch2/catch.hpp>

#include "connectors/kafka/format/make.h"
#include "tests/support/allocations.h"
#include "tests/support/kafka_scene.h"

using namespace slotcast;
using kafka::FormatOptions;
using kafka::Messages;
using test::KafkaScene;
using test::kNull;
using test::kUnchanged;

namespace {

FormatOptions canal_options() {
  FormatOptions options;
  options.format = kafka::Format::Canal;
  return options;
}

std::vector<std::string> messages_of(const KafkaScene& scene, const FormatOptions& options,
                                     const std::vector<std::string>* key = nullptr) {
  const auto encoder = kafka::make_encoder(options, {"shop", "store"});
  Messages messages;
  CHECK(scene.encode(*encoder, messages, key).ok());
  return test::printed(messages);
}

Relation item_relation() {
  return test::make_typed_relation("item", {{"id", "integer", true},
                                            {"name", "text"},
                                            {"price", "numeric(10,2)"},
                                            {"ok", "boolean"},
                                            {"raw", "bytea"}});
}

}  // namespace

TEST_CASE("canal: each kind of change has its message", "[kafka][format]") {
  auto golden = test::golden_sections("events_canal.golden");
  const Relation item = item_relation();
  KafkaScene scene;
  scene.add(Operation::Create, item, {"1", "a\"b", "12.50", "t", "\\x00ff"});
  scene.add(Operation::Update, item, {"1", kUnchanged, kNull, "f", kNull});
  scene.add(Operation::Delete, item, {"1", kUnchanged, kUnchanged, kUnchanged, kUnchanged});
  scene.add(Operation::Truncate, item, {});
  scene.add(Operation::ResyncBegin, item, {});
  scene.add(Operation::Read, item, {"2", "c", "NaN", kNull, "\\x"});
  scene.add(Operation::ResyncEnd, item, {});
  CHECK(messages_of(scene, canal_options()) == golden["changes"]);
  KafkaScene update;
  update.add(Operation::Update, item, {"1", kUnchanged, kNull, "f", kNull});
  FormatOptions options = canal_options();
  options.unchanged = kafka::Unchanged::Marker;
  CHECK(messages_of(update, options) == golden["a marker"]);
}

TEST_CASE("canal: an update has the columns that changed, where the old row is known",
          "[kafka][format]") {
  const Relation free = test::make_typed_relation(
      "free",
      {{"a", "integer"}, {"b", "mood", false, {"ok"}}, {"at", "timestamptz"}, {"d", "text"}}, 'f');
  const KafkaScene::Row now{"1", "ok", "2026-11-21 05:40:12.5+00", kNull};
  KafkaScene scene;
  scene.add(Operation::Update, free, now, {"1", kNull, "2026-11-21 05:40:12.5+00", "x"});
  scene.add(Operation::Update, free, now, now);
  CHECK(messages_of(scene, canal_options()) ==
        test::golden_sections("events_canal.golden")["the old row is known"]);
}

TEST_CASE("canal: an update of a key of the configuration's own is a delete and an insert",
          "[kafka][format]") {
  const Relation item =
      test::make_typed_relation("item", {{"id", "integer", true}, {"name", "text"}}, 'f');
  const std::vector<std::string> key{"name"};
  KafkaScene scene;
  scene.add(Operation::Update, item, {"1", "b"}, {"1", "a"});
  scene.add(Operation::Update, item, {"2", "b"}, {"1", "b"});
  CHECK(messages_of(scene, canal_options(), &key) ==
        test::golden_sections("events_canal.golden")["a key of the configuration's own"]);
}

TEST_CASE("canal: odd names and values are valid JSON, and what is no text leaves no trace",
          "[kafka][format]") {
  const Relation odd =
      test::make_typed_relation("a\"t", {{"i\"d", "integer", true}, {"t", "text"}});
  KafkaScene scene;
  scene.add(Operation::Truncate, odd, {});
  scene.add(Operation::Create, odd, {"1", "\x01\"\u00e9"});
  const auto encoder = kafka::make_encoder(canal_options(), {});
  Messages messages;
  REQUIRE(scene.encode(*encoder, messages).ok());
  simdjson::dom::parser one, two;
  simdjson::dom::element value;
  REQUIRE(one.parse(std::string(messages.text(messages.list()[0].value))).get(value) ==
          simdjson::SUCCESS);
  CHECK(std::string_view(value["sql"]) == "TRUNCATE TABLE \"public\".\"a\"\"t\"");
  REQUIRE(two.parse(std::string(messages.text(messages.list()[1].value))).get(value) ==
          simdjson::SUCCESS);
  CHECK(std::string_view(value["data"].at(0)["t"]) == "\x01\"\u00e9");
  KafkaScene bad;
  bad.add(Operation::Create, odd, {"1", "\xff"});
  messages.clear();
  CHECK_FALSE(bad.encode(*encoder, messages).ok());
  CHECK(messages.list().empty());
  CHECK(messages.buffer().size() == 0);
}

TEST_CASE("canal: once warm, no row asks for memory", "[kafka][format]") {
  const Relation item = item_relation();
  KafkaScene scene;
  for (int i = 0; i < 100; ++i) scene.add(Operation::Create, item, {"1", "a", "1", "t", "\\x00"});
  const auto encoder = kafka::make_encoder(canal_options(), {});
  Messages messages;
  REQUIRE(scene.encode(*encoder, messages).ok());
  messages.clear();
  const std::uint64_t before = test::allocations();
  const bool all_ok = scene.encode(*encoder, messages).ok();
  CHECK(test::allocations() - before == 0);
  CHECK(all_ok);
}
