// Goal: a message's size is that of all that a topic's limit is held against.
// Method: a row as JSON with every header there is, counted by hand.
#include "connectors/kafka/outbox.h"

#include <catch2/catch.hpp>

#include "connectors/kafka/format/make.h"
#include "tests/support/changes.h"

using namespace slotcast;

TEST_CASE("kafka outbox: headers count as key and value do", "[kafka]") {
  const Relation relation = test::make_relation(
      "a_schema", "a_table", {{"id", TypeClass::Integer, true}, {"x", TypeClass::Text}});
  test::Changes changes;
  const Change& change = changes.add(Operation::Create, relation, {"7", "some text"});
  kafka::Options options;
  options.format.format = kafka::Format::Json;
  options.headers = {"_op", "_schema", "_table", "_seq"};
  kafka::Topic topic;
  topic.name = "t";
  kafka::Way way;
  way.topic = &topic;
  kafka::Messages messages;
  const auto encoder = kafka::make_encoder(options.format, {"shop", "store"}, nullptr);
  REQUIRE(encoder->encode({&change, &topic.name, nullptr, nullptr}, {}, messages).ok());
  REQUIRE(messages.list().size() == 1);
  const kafka::Messages::Message& message = messages.list()[0];
  kafka::Outbox outbox(options);
  const auto outgoing = outbox.address(change, way, messages, message);
  REQUIRE(outgoing.ok());
  const std::string headers =
      "_op"
      "c"
      "_schema"
      "a_schema"
      "_table"
      "a_table"
      "_seq"
      "1";
  const std::uint64_t bytes = std::uint64_t{message.key.size} + message.value.size + headers.size();
  CHECK(kafka::bytes_of(*outgoing.value()) == bytes);
  topic.bytes_max = bytes;
  CHECK_FALSE(kafka::too_large(*outgoing.value(), topic).has_value());
  topic.bytes_max = bytes - 1;
  CHECK(kafka::too_large(*outgoing.value(), topic) ==
        "its message has " + std::to_string(bytes) + " bytes, and topic t takes " +
            std::to_string(bytes - 1) + " (max.message.bytes)");
}
