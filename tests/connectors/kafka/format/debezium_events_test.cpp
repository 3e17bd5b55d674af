// Goal: an event says what Debezium's documentation gives each kind of change.
// Method: events_debezium.golden, written by hand, line by line.
#include <simdjson.h>

#include <catch2/catch.hpp>

#include "connectors/kafka/format/make.h"
#include "connectors/kafka/format/message_prefix.h"
#include "lib/change/messages.h"
#include "tests/support/allocations.h"
#include "tests/support/kafka_scene.h"

using namespace slotcast;
using kafka::FormatOptions;
using kafka::Messages;
using test::KafkaScene;
using test::kNull;
using test::kUnchanged;

namespace {

Relation item_relation(char identity = 'd', bool has_key = true) {
  return test::make_typed_relation(
      "item", {{"id", "integer", has_key}, {"name", "text"}, {"note", "text"}}, identity);
}

constexpr const char* kWritten =
    "\"ts_ms\":1795239613000,\"ts_us\":1795239613000001,\"ts_ns\":1795239613000001000";

void replace_all(std::string& text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
}

std::string source_of(const std::string& first, int number, const std::string& table) {
  const std::size_t at = first.find("\"source\":");
  std::string source = first.substr(at, first.find(",\"op\"", at) - at);
  replace_all(source, R"(\"1\"])", "\\\"" + std::to_string(number) + "\\\"]");
  replace_all(source, "\"item\"", "\"" + table + "\"");
  return source;
}

// What the file has under that name, written out.
std::vector<std::string> expected(const std::string& name) {
  auto sections = test::golden_sections("events_debezium.golden");
  const std::string first = sections["create"].front();
  std::vector<std::string> lines = sections[name];
  REQUIRE_FALSE(lines.empty());
  for (std::string& line : lines) {
    replace_all(line, "<written>", kWritten);
    for (int i = 1; i < 4; ++i) {
      replace_all(line, "<source " + std::to_string(i) + ">", source_of(first, i, "item"));
      replace_all(line, "<source " + std::to_string(i) + " of other>",
                  source_of(first, i, "other"));
    }
  }
  return lines;
}

std::vector<std::string> messages_of(const KafkaScene& scene, const FormatOptions& options = {},
                                     const std::vector<std::string>* key = nullptr) {
  const auto encoder = kafka::make_encoder(options, {"shop", "store"});
  Messages messages;
  const Status encoded = scene.encode(*encoder, messages, key);
  CHECK(encoded.ok());
  return test::printed(messages);
}

}  // namespace

TEST_CASE("debezium: each kind of change has its event", "[kafka][format]") {
  const Relation item = item_relation();
  KafkaScene scene;
  FormatOptions options;
  std::string name;
  SECTION("create") {
    scene.add(Operation::Create, item, {"1", "a", kNull});
    name = "create";
  }
  SECTION("update") {
    scene.add(Operation::Update, item, {"1", "b", "x"});
    name = "update";
  }
  SECTION("the server sent an old key that is the same") {
    scene.add(Operation::Update, item, {"1", "b", "x"}, {"1", kUnchanged, kUnchanged});
    name = "update";
  }
  SECTION("unchanged, left out") {
    scene.add(Operation::Update, item, {"1", "b", kUnchanged});
    name = "update without its long value";
  }
  SECTION("unchanged, marked") {
    scene.add(Operation::Update, item, {"1", "b", kUnchanged});
    options.unchanged = kafka::Unchanged::Marker;
    name = "update without its long value, with a marker";
  }
  SECTION("delete; what was not sent has no marker") {
    scene.add(Operation::Delete, item, {"1", kUnchanged, kUnchanged});
    options.unchanged = kafka::Unchanged::Marker;
    name = "delete";
  }
  SECTION("delete without tombstones") {
    scene.add(Operation::Delete, item, {"1", kUnchanged, kUnchanged});
    options.tombstones = false;
    name = "delete without tombstones";
  }
  SECTION("truncate") {
    scene.add(Operation::Truncate, item, {});
    name = "truncate";
  }
  SECTION("resync") {
    scene.add(Operation::ResyncBegin, item, {});
    scene.add(Operation::Read, item, {"1", "a", kNull});
    scene.add(Operation::ResyncEnd, item, {});
    name = "resync";
  }
  CHECK(messages_of(scene, options) == expected(name));
}

TEST_CASE("debezium: a changed key is a delete and a create that name each other",
          "[kafka][format]") {
  const Relation item = item_relation();
  KafkaScene scene;
  scene.add(Operation::Delete, item, {"1", kUnchanged, kUnchanged});
  SECTION("the key of one row") {
    scene.add(Operation::Create, item, {"2", "b", kUnchanged}, {"1", kUnchanged, kUnchanged});
    CHECK(messages_of(scene) == expected("changed key"));
  }
  SECTION("two rows") {
    scene.add(Operation::Create, item, {"2", "b", kNull});
    CHECK(messages_of(scene) == expected("a delete and a create of another row"));
  }
}

TEST_CASE(
    "debezium: with replica identity full there is the row before; the key is the primary "
    "key",
    "[kafka][format]") {
  const Relation keyed = item_relation('f');
  const Relation keyless = item_relation('f', false);
  KafkaScene scene;
  SECTION("primary key") {
    scene.add(Operation::Update, keyed, {"1", "b", "x"}, {"1", "a", "x"});
    scene.add(Operation::Delete, keyed, {"1", "b", "x"});
    CHECK(messages_of(scene) == expected("full identity with a primary key"));
  }
  SECTION("no key") {
    scene.add(Operation::Create, keyless, {"1", "b", "x"});
    scene.add(Operation::Delete, keyless, {"1", "b", "x"});
    CHECK(messages_of(scene) == expected("full identity without a key"));
  }
}

TEST_CASE(
    "debezium: a key of the configuration's own has its columns in its order, and changes "
    "with them",
    "[kafka][format]") {
  const Relation item = item_relation('f');
  const std::vector<std::string> key{"note", "name"};
  KafkaScene scene;
  scene.add(Operation::Create, item, {"1", "b", kNull});
  scene.add(Operation::Update, item, {"1", "b", "x"}, {"1", "b", kNull});
  CHECK(messages_of(scene, {}, &key) == expected("a key of the configuration's own"));
}

TEST_CASE("debezium: a message of an application has its prefix as the key", "[kafka][format]") {
  const std::vector<std::string> key{"prefix"};
  KafkaScene scene;
  FormatOptions options;
  scene.add(Operation::Message, message_relation(), {"app\"", "\\x686900"});
  SECTION("in base64") {
    CHECK(messages_of(scene, options, &key) == expected("message"));
  }
  SECTION("in hexadecimal digits, beside rows, counted") {
    options.binary = kafka::Binary::Hex;
    options.transactions = true;
    // One that is of no transaction is not counted.
    scene.begin({23803900}, 0);
    scene.add(Operation::Message, message_relation(), {"app", "\\x"});
    CHECK(messages_of(scene, options, &key) == expected("messages with transactions"));
  }
}

TEST_CASE("debezium: of messages those are wanted whose prefix is named", "[kafka][format]") {
  const std::vector<std::string> wanted{"app", "audit.*"};
  CHECK(kafka::is_wanted(wanted, "app"));
  CHECK_FALSE(kafka::is_wanted(wanted, "apple"));
  CHECK(kafka::is_wanted(wanted, "audit.x"));
  CHECK_FALSE(kafka::is_wanted(wanted, "audit"));
  CHECK(kafka::is_wanted({"*"}, ""));
  CHECK_FALSE(kafka::is_wanted({}, "app"));
  FormatOptions options;
  options.messages = {"app", "*"};
  CHECK(kafka::check(options).empty());
  for (const char* wrong : {"", "a*b", "**", "slotcast"}) {
    options.messages = {wrong};
    CHECK(kafka::check(options).size() == 1);
  }
}

TEST_CASE("debezium: with replica identity nothing the key is the primary key", "[kafka][format]") {
  const Relation item = item_relation('n');
  KafkaScene scene;
  scene.add(Operation::Create, item, {"1", "a", kNull});
  CHECK(messages_of(scene) == expected("create"));
}

TEST_CASE("debezium: transactions begin, number their events and end", "[kafka][format]") {
  const Relation item = item_relation();
  const Relation other = test::make_typed_relation("other", {{"word", "text"}});
  FormatOptions options;
  options.transactions = true;
  KafkaScene scene;
  scene.add(Operation::Create, item, {"1", "a", kNull});
  scene.add(Operation::Create, other, {"w"});
  scene.add(Operation::Delete, item, {"1", kUnchanged, kUnchanged});
  scene.begin({23803900}, 742);
  scene.add(Operation::Create, other, {"w"});
  CHECK(messages_of(scene, options) == expected("transactions"));
}

TEST_CASE("debezium: a row that is refused leaves no trace, nor does its transaction",
          "[kafka][format]") {
  const Relation item = item_relation();
  FormatOptions options;
  options.transactions = true;
  KafkaScene scene;
  scene.add(Operation::Create, item, {"1", "a", kNull});
  scene.begin({23803800}, 800);
  const Change refused = scene.add(Operation::Create, item, {"1", "\xff", kNull});
  KafkaScene without;
  without.add(Operation::Create, item, {"1", "a", kNull});
  const Change behind = without.add(Operation::Create, item, {"2", "", "\xff"});

  const auto encoder = kafka::make_encoder(options, {"shop", "store"});
  Messages messages;
  const auto encode = [&](const Change& change) {
    return encoder->encode({&change, &KafkaScene::kTopic, nullptr, nullptr}, KafkaScene::kNow,
                           messages);
  };
  REQUIRE(encode(scene.changes()[0]).ok());
  for (const Change& change : {behind, refused}) {
    const Status status = encode(change);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().kind == ErrorKind::Rejected);
  }
  REQUIRE(encoder->finish(KafkaScene::kNow, messages).ok());
  std::vector<std::string> wanted = expected("transactions");
  const auto found = test::printed(messages);
  REQUIRE(found.size() == 3);
  CHECK(found[0] == wanted[0]);
  CHECK(found[1] == wanted[1]);
  CHECK(found[2].find("\"event_count\":1,\"data_collections\":[{\"data_collection\":"
                      "\"public.item\",\"event_count\":1}]") != std::string::npos);
  encoder->reset();
  messages.clear();
  REQUIRE(encoder->finish(KafkaScene::kNow, messages).ok());
  CHECK(messages.list().empty());
}

TEST_CASE("debezium: a key that was not sent, or is no column, is refused with what to do",
          "[kafka][format]") {
  const Relation item = item_relation();
  const std::vector<std::string> unsent{"name"};
  const std::vector<std::string> unknown{"nmae"};
  KafkaScene scene;
  scene.add(Operation::Delete, item, {"1", kUnchanged, kUnchanged});
  const auto encoder = kafka::make_encoder({}, {"shop", "store"});
  Messages messages;
  const Status one = scene.encode(*encoder, messages, &unsent);
  REQUIRE_FALSE(one.ok());
  CHECK(one.error().kind == ErrorKind::Rejected);
  CHECK(one.error().what.find("column name") != std::string::npos);
  CHECK(one.error().what.find("REPLICA IDENTITY FULL") != std::string::npos);
  const Status other = scene.encode(*encoder, messages, &unknown);
  REQUIRE_FALSE(other.ok());
  CHECK(other.error().kind == ErrorKind::Invalid);
  CHECK(other.error().what.find("public.item: there is no column nmae") != std::string::npos);
  CHECK(messages.list().empty());
}

TEST_CASE("debezium: odd names and values are valid JSON", "[kafka][format]") {
  const Relation odd =
      test::make_typed_relation("odd \"t\"", {{"a\"b\n", "text", true}, {"", "text"}});
  KafkaScene scene;
  scene.add(Operation::Create, odd, {"\x01\"\\", "\u00e9"});
  const auto encoder = kafka::make_encoder({}, {"sh\"op", "st\\ore"});
  Messages messages;
  REQUIRE(scene.encode(*encoder, messages).ok());
  simdjson::dom::parser parser;
  simdjson::dom::element value;
  REQUIRE(parser.parse(std::string(messages.text(messages.list()[0].value))).get(value) ==
          simdjson::SUCCESS);
  CHECK(std::string_view(value["after"]["a\"b\n"]) == "\x01\"\\");
  CHECK(std::string_view(value["after"][""]) == "\u00e9");
  CHECK(std::string_view(value["source"]["table"]) == "odd \"t\"");
  CHECK(std::string_view(value["source"]["name"]) == "sh\"op");
  CHECK(std::string_view(value["source"]["db"]) == "st\\ore");
}

TEST_CASE("debezium: once warm, no row asks for memory, nor does a new transaction",
          "[kafka][format]") {
  const Relation wide = test::make_typed_relation("wide", {{"id", "bigint", true},
                                                           {"name", "text"},
                                                           {"price", "numeric(12,2)"},
                                                           {"any", "numeric"},
                                                           {"at", "timestamptz"},
                                                           {"day", "date"},
                                                           {"tags", "text[]"},
                                                           {"more", "hstore"},
                                                           {"bytes", "bytea"},
                                                           {"place", "point"}});
  KafkaScene scene;
  for (std::uint64_t i = 0; i < 200; ++i) {
    if (i % 10 == 0) scene.begin({0x16B3748 + i}, static_cast<std::uint32_t>(1'000'000 + i));
    scene.add(Operation::Create, wide,
              {"1", "text \"quoted\" and \u00e9 long enough for the heap", "12.50",
               "123456789012345678901234567890.5", "2026-11-21 05:40:12.5+00", "2026-11-21",
               "{a,\"b \\\"c\\\"\",NULL}", "\"a\"=>\"b\"", "\\x00ff", "(1,2)"});
    scene.add(Operation::Delete, wide,
              {"1", kUnchanged, kUnchanged, kUnchanged, kUnchanged, kUnchanged, kUnchanged,
               kUnchanged, kUnchanged, kUnchanged});
  }
  FormatOptions options;
  options.transactions = true;
  const auto encoder = kafka::make_encoder(options, {"shop", "store"});
  Messages messages;
  REQUIRE(scene.encode(*encoder, messages).ok());
  messages.clear();
  const std::uint64_t before = test::allocations();
  const bool all_ok = scene.encode(*encoder, messages).ok();
  CHECK(test::allocations() - before == 0);
  CHECK(before > 0);  // the counter counts
  CHECK(all_ok);
}
