// Goal: the schemas that go with events are those of Debezium's documentation.
// Method: lists written by hand, compared as JSON.
#include "connectors/kafka/format/connect_schema.h"

#include <simdjson.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "connectors/kafka/format/make.h"
#include "tests/support/kafka_scene.h"

using namespace slotcast;
using kafka::FormatOptions;
using kafka::Messages;
using simdjson::dom::element;
using test::KafkaScene;

namespace {

FormatOptions with_schema() {
  FormatOptions options;
  options.schema = true;
  return options;
}

// The schema of "v" in the event of a row that has nothing else.
std::string field_schema(const std::string& type, const std::string& words) {
  const Relation relation = test::make_typed_relation("t", {test::typed_column(type)});
  KafkaScene scene;
  scene.add(Operation::Create, relation, {test::kNull});
  const auto encoder = kafka::make_encoder(test::kafka_options(words, with_schema()), {});
  Messages messages;
  REQUIRE(scene.encode(*encoder, messages).ok());
  simdjson::dom::parser parser;
  element message;
  const std::string text(messages.text(messages.list()[0].value));
  REQUIRE(parser.parse(text).get(message) == simdjson::SUCCESS);
  const element before = message["schema"]["fields"].at(0)["fields"].at(0);
  const element after = message["schema"]["fields"].at(1)["fields"].at(0);
  CHECK(simdjson::minify(before) == simdjson::minify(after));
  return simdjson::minify(after);
}

}  // namespace

TEST_CASE("connect schema: each type has the schema of its meaning", "[kafka][format]") {
  std::ifstream in(SLOTCAST_SOURCE_DIR "/tests/connectors/kafka/golden/field_schemas.golden");
  int count = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::size_t first = line.find(" | ");
    const std::size_t second = line.find("| ", first + 3);
    CAPTURE(line.substr(0, second));
    CHECK(field_schema(line.substr(0, first), line.substr(first + 3, second - first - 3)) ==
          line.substr(second + 2));
    ++count;
  }
  CHECK(count > 40);
}

TEST_CASE("connect schema: keys, events and transactions bring theirs", "[kafka][format]") {
  simdjson::dom::parser golden_parser;
  element golden;
  REQUIRE(
      golden_parser.load(SLOTCAST_SOURCE_DIR "/tests/connectors/kafka/golden/event_schemas.json")
          .get(golden) == simdjson::SUCCESS);
  const Relation item =
      test::make_typed_relation("item", {{"id", "integer", true}, {"name", "text"}});
  KafkaScene scene;
  scene.add(Operation::Create, item, {"1", "a"});
  scene.add(Operation::Delete, item, {"1", test::kUnchanged});
  FormatOptions options = with_schema();
  options.transactions = true;
  const auto encoder = kafka::make_encoder(options, {"shop", "store"});
  Messages messages;
  REQUIRE(scene.encode(*encoder, messages).ok());
  const std::vector<std::pair<std::string, std::string>> names = {
      {"transaction key", "transaction"},
      {"key", "envelope"},
      {"key", "envelope"},
      {"key", ""},
      {"transaction key", "transaction"}};
  REQUIRE(messages.list().size() == names.size());
  const auto check = [&](const Messages::Part& part, const std::string& name) {
    CHECK(part.is_null == name.empty());
    if (part.is_null) return;
    simdjson::dom::parser parser;
    element message;
    REQUIRE(parser.parse(std::string(messages.text(part))).get(message) == simdjson::SUCCESS);
    CHECK(simdjson::minify(message["schema"]) == simdjson::minify(golden[name]));
    CHECK(message["payload"].is_object());
    CHECK(message.get_object().size() == 2);
  };
  for (std::size_t i = 0; i < names.size(); ++i) {
    check(messages.list()[i].key, names[i].first);
    check(messages.list()[i].value, names[i].second);
  }
}

TEST_CASE("connect schema: only what is never NULL is required", "[kafka][format]") {
  const auto required = [](char identity, bool in_part, const std::vector<std::string>* key) {
    Relation item =
        test::make_typed_relation("item", {{"id", "integer", true}, {"name", "text"}}, identity);
    item.is_full_in_part = in_part;
    KafkaScene scene;
    scene.add(Operation::Create, item, {"1", "a"});
    const auto encoder = kafka::make_encoder(with_schema(), {});
    Messages messages;
    CHECK(scene.encode(*encoder, messages, key).ok());
    std::string found;
    simdjson::dom::parser parser;
    const auto& message = messages.list()[0];
    for (const Messages::Part& part : {message.key, message.value}) {
      element fields = parser.parse(std::string(messages.text(part)))["schema"]["fields"];
      if (fields.at(0)["fields"].error() == simdjson::SUCCESS) fields = fields.at(1)["fields"];
      for (const element field : fields.get_array()) {
        found +=
            std::string(std::string_view(field["field"])) + (bool(field["optional"]) ? "? " : " ");
      }
    }
    return found;
  };
  const std::vector<std::string> own{"name", "id"};
  CHECK(required('d', false, nullptr) == "id id name? ");
  CHECK(required('f', false, nullptr) == "id id name? ");
  CHECK(required('f', true, nullptr) == "id? id? name? ");
  CHECK(required('d', false, &own) == "name? id id name? ");
}
