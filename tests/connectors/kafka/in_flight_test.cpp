// Goal: when a broker refuses a request for a moment and takes those behind it, nobody believes
// that all is there. Method: librdkafka's mock of a broker refuses the first; it takes messages in
// any order, as a real broker does in a partition that is new to it. What is there says kcat.
// Whether something is behind the first at that moment is chance: it is tried until it is.

#include <catch2/catch.hpp>

#include "connectors/kafka/producer.h"
#include "tests/support/kafka_messages.h"
#include "tests/support/kafka_mock.h"

using namespace slotcast;

namespace {

constexpr int kAttemptsMax = 30;

std::vector<std::string> values_in(const test::MockBroker& broker) {
  std::vector<std::string> found;
  for (const auto& message : test::read_with_kcat(broker.bootstrap(), "t")) {
    found.push_back(message.value.value_or("none"));
  }
  return found;
}

// What flush() says of messages of which the first was refused. When it is content, all are there
// and in order.
Status send_past(rd_kafka_resp_err_t refusal) {
  test::MockBroker broker;
  kafka::Options options;
  options.brokers = {broker.bootstrap()};
  options.transactions = false;
  kafka::Troubles troubles("sink test");
  auto made = kafka::Producer::make(options, "", troubles, {1000, /*one_by_one=*/true});
  REQUIRE(made.ok());
  kafka::Producer& producer = *made.value();
  auto topic = producer.topic("t");
  REQUIRE(topic.ok());
  std::vector<std::string> values;
  for (int i = 0; i < 20; ++i) values.push_back(std::to_string(i));
  broker.refuse(test::KafkaRequest::Produce, {refusal});
  for (const std::string& value : values) {
    kafka::Outgoing message;
    message.topic = topic.value().get();
    message.key = "k";
    message.value = value;
    REQUIRE(producer.send(message).ok());
  }
  const Status flushed = producer.flush();
  if (flushed.ok()) CHECK(values_in(broker) == values);
  return flushed;
}

}  // namespace

TEST_CASE("kafka: what a broker refused and then took out of order is not called delivered",
          "[kafka]") {
  const auto refusal =
      GENERATE(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
  INFO(rd_kafka_err2name(refusal));
  Status sent;
  for (int attempt = 0; attempt < kAttemptsMax && sent.ok(); ++attempt) sent = send_past(refusal);
  REQUIRE_FALSE(sent.ok());
  CHECK(sent.error().kind == ErrorKind::Transient);
  CHECK(sent.error().what ==
        "topic t: a broker refused messages for a moment and took those behind them: all of the "
        "batch is sent again");
}
