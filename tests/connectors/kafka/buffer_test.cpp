// Goal: no more waits for brokers than the buffer holds, and a message larger than it is sent.
// Method: librdkafka's mock of a broker; what librdkafka holds it says itself, what is there kcat.

#include <catch2/catch.hpp>

#include "connectors/kafka/producer.h"
#include "tests/support/kafka_messages.h"
#include "tests/support/kafka_mock.h"

using namespace slotcast;

namespace {

constexpr std::size_t kMessageBytes = 100 << 10;
constexpr std::size_t kBufferBytes = 1 << 20;
// All messages could be handed over before the first answer, were there no bound.
constexpr int kAnswerMs = 100;

}  // namespace

TEST_CASE("kafka: messages wait for room in the buffer, and one that is larger goes alone",
          "[kafka]") {
  test::MockBroker broker;
  broker.answer_after(kAnswerMs);
  kafka::Options options;
  options.brokers = {broker.bootstrap()};
  options.transactions = false;
  options.buffer_bytes_max = kBufferBytes;
  kafka::Troubles troubles("sink test");
  auto made = kafka::Producer::make(options, "", troubles, {4 * kBufferBytes, false});
  REQUIRE(made.ok());
  kafka::Producer& producer = *made.value();
  auto topic = producer.topic("t");
  REQUIRE(topic.ok());
  std::vector<std::size_t> sizes;
  for (int i = 0; i < 30; ++i) {
    const bool is_large = i % 10 == 5;
    const std::string value(is_large ? 3 * kBufferBytes / 2 : kMessageBytes, 'x');
    kafka::Outgoing message;
    message.topic = topic.value().get();
    message.value = value;
    const Status sent = producer.send(message);
    INFO((sent.ok() ? std::string() : sent.error().what));
    REQUIRE(sent.ok());
    sizes.push_back(value.size());
    // librdkafka counts messages, and each report of delivery that nobody has heard yet, too.
    const int waiting = rd_kafka_outq_len(producer.handle());
    CHECK(waiting <= 2 * (is_large ? 1 : static_cast<int>(kBufferBytes / kMessageBytes)));
  }
  REQUIRE(producer.flush().ok());
  std::vector<std::size_t> found;
  for (const auto& message : test::read_with_kcat(broker.bootstrap(), "t")) {
    found.push_back(message.value.value_or("").size());
  }
  CHECK(found == sizes);
}
