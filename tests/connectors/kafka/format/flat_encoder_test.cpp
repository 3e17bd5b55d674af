// Goal: json is a row as its columns and what happened, under its key.
// Method: events_json.golden, written by hand; and the encoder of files, which writes the same
// rows.
#include <catch2/catch.hpp>

#include "connectors/kafka/format/make.h"
#include "lib/sink/encode/json_row.h"
#include "tests/support/allocations.h"
#include "tests/support/kafka_scene.h"

using namespace slotcast;
using kafka::FormatOptions;
using kafka::Messages;
using test::KafkaScene;
using test::kNull;
using test::kUnchanged;

namespace {

FormatOptions json_options() {
  FormatOptions options;
  options.format = kafka::Format::Json;
  return options;
}

std::vector<std::string> messages_of(const KafkaScene& scene, const FormatOptions& options,
                                     const std::vector<std::string>* key = nullptr) {
  const auto encoder = kafka::make_encoder(options, {"shop", "store"});
  Messages messages;
  CHECK(scene.encode(*encoder, messages, key).ok());
  return test::printed(messages);
}

}  // namespace

TEST_CASE("kafka json: rows have their columns and what happened, under their key",
          "[kafka][format]") {
  const Relation item = test::make_typed_relation(
      "item", {{"id", "integer", true}, {"name", "text"}, {"note", "text"}});
  KafkaScene scene;
  scene.add(Operation::Create, item, {"1", "a", kNull});
  scene.add(Operation::Update, item, {"1", "b", kUnchanged});
  scene.add(Operation::Delete, item, {"1", kUnchanged, kUnchanged});
  scene.add(Operation::Truncate, item, {});
  scene.add(Operation::ResyncBegin, item, {});
  scene.add(Operation::Read, item, {"1", "a", kNull});
  scene.add(Operation::ResyncEnd, item, {});
  auto golden = test::golden_sections("events_json.golden");
  FormatOptions options = json_options();
  CHECK(messages_of(scene, options) == golden["changes"]);
  options.meta = {"_xid", "_op"};
  options.unchanged = kafka::Unchanged::Marker;
  CHECK(messages_of(scene, options) == golden["changes, with markers and another meta"]);
  options.meta = {};
  options.unchanged = kafka::Unchanged::Omit;
  CHECK(messages_of(scene, options) == golden["changes, without meta"]);
}

TEST_CASE(
    "kafka json: an update of a key of the configuration's own is a delete and a create, where "
    "the old row is known",
    "[kafka][format]") {
  const Relation item = test::make_typed_relation(
      "item", {{"id", "integer", true}, {"name", "text"}, {"note", "text"}}, 'f');
  const std::vector<std::string> key{"name"};
  KafkaScene scene;
  scene.add(Operation::Update, item, {"1", "b", "x"}, {"1", "a", "x"});
  scene.add(Operation::Update, item, {"1", "b", "y"}, {"1", "b", "x"});
  scene.add(Operation::Update, item, {"1", "c", "y"});
  CHECK(messages_of(scene, json_options(), &key) ==
        test::golden_sections("events_json.golden")["a key of the configuration's own"]);
}

TEST_CASE("kafka json: a row of types without an option is what a file has of it",
          "[kafka][format]") {
  const Relation many = test::make_typed_relation("many", {{"id", "bigint"},
                                                           {"ok", "boolean"},
                                                           {"f", "real"},
                                                           {"j", "jsonb"},
                                                           {"t", "text"},
                                                           {"n", "numeric"},
                                                           {"a", "integer[]"},
                                                           {"m", "money"},
                                                           {"b", "bit(3)"},
                                                           {"r", "int4range"},
                                                           {"u", "uuid"}});
  KafkaScene scene;
  scene.add(Operation::Create, many,
            {"1", "t", "NaN", "{\"a\": [1]}", "x\n\"y", "1.50", "{1,NULL}", "-$1.00", "101",
             "[1,5)", kNull});
  scene.add(Operation::Update, many,
            {"2", "f", "1e-05", "null", "", "-Infinity", kNull, "$0.00", kUnchanged, "empty",
             kUnchanged});
  sink::JsonRowEncoder files;
  const std::vector<std::string> found = messages_of(scene, json_options());
  for (std::size_t i = 0; i < found.size(); ++i) {
    sink::Buffer out;
    REQUIRE(files.append(scene.changes()[i], out).ok());
    CHECK(found[i] + "\n" == "- | " + std::string(out.text()));
  }
}

TEST_CASE(
    "kafka json: a column with the name of one of ours is refused by name, and so are meta "
    "columns that do not exist",
    "[kafka][format]") {
  const Relation clash = test::make_typed_relation("item", {{"_op", "text", true}});
  KafkaScene scene;
  scene.add(Operation::Create, clash, {"x"});
  const auto encoder = kafka::make_encoder(json_options(), {"shop", "store"});
  Messages messages;
  for (int i = 0; i < 2; ++i) {
    const Status refused = scene.encode(*encoder, messages);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == ErrorKind::Invalid);
    CHECK(refused.error().what.find("public.item: column _op") != std::string::npos);
    CHECK(messages.list().empty());
  }
  FormatOptions options = json_options();
  CHECK(kafka::check(options).empty());
  options.meta = {"_unchanged"};
  CHECK(kafka::check(options).size() == 1);
  options.meta = {"_xyz"};
  CHECK(kafka::check(options).size() == 1);
}

TEST_CASE("kafka json: once warm, no row asks for memory", "[kafka][format]") {
  const Relation item = test::make_typed_relation(
      "item", {{"id", "integer", true}, {"at", "timestamptz"}, {"price", "numeric"}});
  KafkaScene scene;
  for (int i = 0; i < 100; ++i) {
    scene.add(Operation::Create, item, {"1", "2026-11-21 05:40:12.5+00", "1.50"});
  }
  FormatOptions options = json_options();
  options.times = kafka::Times::Iso;
  const auto encoder = kafka::make_encoder(options, {"shop", "store"});
  Messages messages;
  REQUIRE(scene.encode(*encoder, messages).ok());
  messages.clear();
  const std::uint64_t before = test::allocations();
  const bool all_ok = scene.encode(*encoder, messages).ok();
  CHECK(test::allocations() - before == 0);
  CHECK(all_ok);
}
