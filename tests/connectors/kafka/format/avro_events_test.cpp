// Goal: avro has Debezium's events, and the schemas that Confluent's converter would have.
// Method: fastavro reads the messages; files written by hand say what is in them.
#include <simdjson.h>

#include <catch2/catch.hpp>

#include "connectors/kafka/format/connect_schema.h"
#include "connectors/kafka/format/make.h"
#include "lib/change/messages.h"
#include "tests/support/allocations.h"
#include "tests/support/avro_messages.h"
#include "tests/support/kafka_scene.h"

using namespace slotcast;
using kafka::FormatOptions;
using kafka::Messages;
using simdjson::dom::element;
using test::AvroPart;
using test::KafkaScene;
using test::kNull;
using test::kUnchanged;
using test::ListedSchemas;

namespace {

FormatOptions avro_options() {
  FormatOptions options;
  options.format = kafka::Format::Avro;
  return options;
}

Status encode(const KafkaScene& scene, const FormatOptions& options, ListedSchemas& schemas,
              Messages& messages) {
  const auto encoder =
      kafka::make_encoder(options, {"shop", "store", "shop.transaction"}, &schemas);
  return scene.encode(*encoder, messages);
}

std::vector<std::string> lines_of(const ListedSchemas& schemas, const Messages& messages) {
  const auto keys = test::read_avro(schemas, messages, AvroPart::Key);
  std::vector<std::string> lines = test::read_avro(schemas, messages, AvroPart::Value);
  for (std::size_t i = 0; i < lines.size(); ++i) lines[i] = keys[i] + " | " + lines[i];
  return lines;
}

// Members in any order are the same object: each one's members sorted, without spaces.
std::string sorted(element value) {
  if (value.is_array()) {
    std::string text;
    for (const element each : value.get_array()) text += (text.empty() ? "" : ",") + sorted(each);
    return "[" + text + "]";
  }
  if (!value.is_object()) return simdjson::minify(value);
  std::map<std::string, std::string> members;
  for (const auto& field : value.get_object()) {
    members[std::string(field.key)] = sorted(field.value);
  }
  std::string text;
  for (const auto& [name, member] : members) {
    text += (text.empty() ? "" : ",") + kafka::quoted_json(name) + ":" + member;
  }
  return "{" + text + "}";
}

std::string sorted(const std::string& json) {
  simdjson::dom::parser parser;
  element value;
  REQUIRE(parser.parse(json).get(value) == simdjson::SUCCESS);
  return sorted(value);
}

Relation item_relation() {
  return test::make_typed_relation(
      "item", {{"id", "integer", true}, {"a_name", "text"}, {"a-name", "text"}, {"note", "text"}});
}

KafkaScene event_scene(const Relation& item) {
  KafkaScene scene;
  scene.add(Operation::Create, item, {"1", "a", "x", kNull});
  scene.add(Operation::Update, item, {"1", kNull, kUnchanged, kUnchanged});
  scene.add(Operation::Delete, item, {"1", kUnchanged, kUnchanged, kUnchanged});
  scene.add(Operation::Truncate, item, {});
  scene.add(Operation::Read, item, {"2", "\u00e9", "", "n"});
  return scene;
}

}  // namespace

TEST_CASE("avro: events are read back by fastavro", "[kafka][format]") {
  const Relation item = item_relation();
  ListedSchemas schemas;
  Messages messages;
  REQUIRE(encode(event_scene(item), avro_options(), schemas, messages).ok());
  CHECK(lines_of(schemas, messages) == test::golden_sections("events_avro.golden")["events"]);
  REQUIRE(schemas.asked().size() == 2);
  CHECK(schemas.asked()[0].subject == "shop.public.item-key");
  CHECK(schemas.asked()[1].subject == "shop.public.item-value");
  CHECK(messages.text(messages.list()[0].key).substr(0, 5) == std::string_view("\0\0\0\0\1", 5));
}

TEST_CASE("avro: transactions begin and end under schemas of their own", "[kafka][format]") {
  const Relation item =
      test::make_typed_relation("item", {{"id", "integer", true}, {"name", "text"}}, 'f');
  KafkaScene scene;
  scene.add(Operation::Update, item, {"1", "b"}, {"1", "a"});
  FormatOptions options = avro_options();
  options.transactions = true;
  ListedSchemas schemas;
  Messages messages;
  REQUIRE(encode(scene, options, schemas, messages).ok());
  CHECK(lines_of(schemas, messages) == test::golden_sections("events_avro.golden")["transaction"]);
  CHECK(schemas.asked()[0].subject == "shop.transaction-key");
  CHECK(schemas.asked()[1].subject == "shop.transaction-value");
}

TEST_CASE("avro: a message of an application has schemas of its own", "[kafka][format]") {
  const std::vector<std::string> key{"prefix"};
  KafkaScene scene;
  scene.add(Operation::Message, message_relation(), {"app", "\\x686900"});
  ListedSchemas schemas;
  Messages messages;
  const auto encoder = kafka::make_encoder(avro_options(), {"shop", "store"}, &schemas);
  REQUIRE(scene.encode(*encoder, messages, &key).ok());
  CHECK(lines_of(schemas, messages) == test::golden_sections("events_avro.golden")["message"]);
  const std::string kind = "\"namespace\":\"io.debezium.connector.postgresql\"";
  for (const auto& asked : schemas.asked()) CHECK(asked.schema.find(kind) != std::string::npos);
  CHECK(schemas.asked()[0].schema.find("\"MessageKey\"") != std::string::npos);
  CHECK(schemas.asked()[1].schema.find("\"MessageValue\"") != std::string::npos);
}

TEST_CASE("avro: the schemas are Confluent's", "[kafka][format]") {
  simdjson::dom::parser parser;
  element golden;
  REQUIRE(parser.load(SLOTCAST_SOURCE_DIR "/tests/connectors/kafka/golden/avro_schemas.json")
              .get(golden) == simdjson::SUCCESS);
  const Relation item = item_relation();
  ListedSchemas schemas;
  Messages messages;
  REQUIRE(encode(event_scene(item), avro_options(), schemas, messages).ok());
  CHECK(sorted(schemas.asked()[0].schema) == sorted(golden["key"]));
  CHECK(sorted(schemas.asked()[1].schema) == sorted(golden["value"]));
  for (const auto& [words, wanted] : golden["types"].get_object()) {
    const std::string line(words);
    CAPTURE(line);
    const std::size_t space = line.find(" times=");
    const Relation one =
        test::make_typed_relation("t", {test::typed_column(line.substr(0, space))});
    KafkaScene scene;
    scene.add(Operation::Create, one, {kNull});
    ListedSchemas own;
    const FormatOptions options = test::kafka_options(
        space == std::string::npos ? "" : line.substr(space + 1), avro_options());
    REQUIRE(encode(scene, options, own, messages).ok());
    simdjson::dom::parser schema_parser;
    const element schema = schema_parser.parse(own.asked().back().schema);
    const element type = schema["fields"].at(0)["type"].at(1)["fields"].at(0)["type"].at(1);
    CHECK(sorted(type) == sorted(wanted));
  }
}

TEST_CASE("avro: names get Avro's characters, and those that had them keep theirs",
          "[kafka][format]") {
  const Relation odd = test::make_typed_relation("t", {{"1", "text"},
                                                       {"a b", "text"},
                                                       {"a_b", "text"},
                                                       {"a\u00e9", "text"},
                                                       {"", "text"},
                                                       {"a.b", "text"}});
  KafkaScene scene;
  scene.add(Operation::Create, odd, {"v1", "v2", "v3", "v4", "v5", "v6"});
  ListedSchemas schemas;
  Messages messages;
  const auto encoder = kafka::make_encoder(avro_options(), {"shop", "store"}, &schemas);
  const std::string topic = "9 lives.t-1..\u00e9";
  REQUIRE(encoder->encode({&scene.changes()[0], &topic, nullptr, nullptr}, {}, messages).ok());
  CHECK(schemas.asked()[0].subject == topic + "-value");
  CHECK(schemas.asked()[0].schema.find(R"("name":"Envelope","namespace":"_9_lives.t_1._.__")") !=
        std::string::npos);
  const std::string value = test::read_avro(schemas, messages, AvroPart::Value)[0];
  CHECK(value.find(R"("after": {"_1": "v1", "a_b_2": "v2", "a_b": "v3", "a__": "v4", "_": "v5", )"
                   R"("a_b_3": "v6"})") != std::string::npos);
}

TEST_CASE("avro: what no value can stand for is refused, and leaves no trace", "[kafka][format]") {
  const Relation item = test::make_typed_relation(
      "item", {{"id", "integer", true}, {"price", "numeric"}, {"list", "integer[]"}});
  const std::vector<std::pair<KafkaScene::Row, std::string>> rows = {
      {{"1", kUnchanged, kNull}, "the server did not send column price"},
      {{"1", "NaN", kNull}, "column price holds NaN"},
      {{"1", "1", "{{1},{2}}"}, "column list holds {{1},{2}}"},
      {{kUnchanged, "1", kNull}, "the server did not send column id"},
      {{kNull, "1", kNull}, "column id holds NULL"},
      {{"x", "1", kNull}, "column id holds x"}};
  for (const auto& [row, wanted] : rows) {
    KafkaScene scene;
    scene.add(Operation::Update, item, row);
    ListedSchemas schemas;
    Messages messages;
    const Status refused = encode(scene, avro_options(), schemas, messages);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == ErrorKind::Rejected);
    CHECK(refused.error().what.find(wanted) != std::string::npos);
    CHECK(messages.list().empty());
    CHECK(messages.buffer().size() == 0);
  }
}

TEST_CASE("avro: a registry that does not answer is asked again, one that does only once",
          "[kafka][format]") {
  const Relation item = item_relation();
  const KafkaScene scene = event_scene(item);
  FormatOptions options = avro_options();
  options.transactions = true;
  ListedSchemas schemas;
  Messages messages;
  const auto encoder = kafka::make_encoder(options, {"shop", "store", "tx"}, &schemas);
  schemas.fail_with(transient("no answer"));
  for (int i = 0; i < 2; ++i) {
    const Status failed = scene.encode(*encoder, messages);
    REQUIRE_FALSE(failed.ok());
    CHECK(failed.error().kind == ErrorKind::Transient);
    CHECK(messages.list().empty());
    encoder->reset();
  }
  schemas.work_again();
  REQUIRE(scene.encode(*encoder, messages).ok());
  REQUIRE(scene.encode(*encoder, messages).ok());
  CHECK(schemas.asked().size() == 4);
  messages.clear();
  const std::uint64_t before = test::allocations();
  const bool is_ok = scene.encode(*encoder, messages).ok();
  CHECK(test::allocations() - before == 0);
  CHECK(is_ok);
}
