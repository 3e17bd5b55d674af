#include "tests/support/kafka_server.h"

#include <librdkafka/rdkafka.h>

#include <catch2/catch.hpp>
#include <memory>

namespace slotcast::test {
namespace {

// A producer by librdkafka itself: what is tested here is the server.
class Producer {
 public:
  Producer(const std::string& bootstrap, const std::string& transactional_id) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    char why[512] = "";
    const KafkaSettings settings{{"bootstrap.servers", bootstrap},
                                 {"transactional.id", transactional_id},
                                 {"reconnect.backoff.max.ms", "100"},
                                 {"log_level", "0"}};
    for (const auto& [name, value] : settings) {
      rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why, sizeof why);
    }
    client_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why));
    INFO(why);
    REQUIRE(client_ != nullptr);
    REQUIRE(code(rd_kafka_init_transactions(client_.get(), 30'000)) == kOk);
  }

  void begin() const { REQUIRE(code(rd_kafka_begin_transaction(client_.get())) == kOk); }
  rd_kafka_resp_err_t commit() const {
    return code(rd_kafka_commit_transaction(client_.get(), 30'000));
  }
  void abort() const { REQUIRE(code(rd_kafka_abort_transaction(client_.get(), 30'000)) == kOk); }
  void flush() const { rd_kafka_flush(client_.get(), 30'000); }

  void send(const std::string& topic, const KafkaBytes& key, const KafkaBytes& value) const {
    const auto data = [](const KafkaBytes& bytes) {
      return bytes ? const_cast<char*>(bytes->c_str()) : nullptr;
    };
    const auto size = [](const KafkaBytes& bytes) { return bytes ? bytes->size() : 0; };
    const rd_kafka_resp_err_t sent = rd_kafka_producev(
        client_.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(0),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(data(key), size(key)),
        RD_KAFKA_V_VALUE(data(value), size(value)), RD_KAFKA_V_HEADER("given", "x\xff", 2),
        RD_KAFKA_V_HEADER("empty", "", 0), RD_KAFKA_V_HEADER("null", nullptr, 0), RD_KAFKA_V_END);
    REQUIRE(sent == kOk);
  }

  static constexpr rd_kafka_resp_err_t kOk = RD_KAFKA_RESP_ERR_NO_ERROR;

 private:
  static rd_kafka_resp_err_t code(rd_kafka_error_t* error) {
    const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    return code;
  }

  std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)> client_{nullptr, &rd_kafka_destroy};
};

std::vector<KafkaBytes> values_of(const std::vector<KafkaMessage>& messages) {
  std::vector<KafkaBytes> values;
  for (const KafkaMessage& message : messages) values.push_back(message.value);
  return values;
}

}  // namespace

TEST_CASE("of the transactions of a broker only the committed are read", "[kafka][broker]") {
  KafkaServer& server = KafkaServer::shared();
  const std::string topic = server.new_topic("transactions");
  const Producer first(server.bootstrap(), topic);
  first.begin();
  first.send(topic, "a", "aborted");
  first.flush();
  first.abort();
  first.begin();
  first.send(topic, "b", "committed");
  REQUIRE(first.commit() == Producer::kOk);
  first.begin();
  first.send(topic, "c", "fenced");
  first.flush();

  const Producer second(server.bootstrap(), topic);
  REQUIRE(first.commit() == RD_KAFKA_RESP_ERR__FENCED);
  second.begin();
  second.send(topic, "d", "by the second");
  REQUIRE(second.commit() == Producer::kOk);

  CHECK(values_of(server.read(topic)) == std::vector<KafkaBytes>{"committed", "by the second"});
  CHECK(server.read_uncommitted(topic).size() == 4);
}

TEST_CASE("a broker's messages are read with all that makes them up", "[kafka][broker]") {
  KafkaServer& server = KafkaServer::shared();
  const std::string topic = server.new_topic("messages", 2);
  const std::string every_byte = [] {
    std::string bytes;
    for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
    return bytes;
  }();
  const Producer producer(server.bootstrap(), topic);
  producer.begin();
  producer.send(topic, every_byte, every_byte + "\xc3\xa9\xe2\x82\xac");
  producer.send(topic, "", "");
  producer.send(topic, std::nullopt, std::nullopt);
  REQUIRE(producer.commit() == Producer::kOk);

  const std::vector<KafkaMessage> messages = server.read(topic);
  REQUIRE(messages.size() == 3);
  CHECK(messages[0].key == every_byte);
  CHECK(messages[0].value == every_byte + "\xc3\xa9\xe2\x82\xac");
  CHECK(messages[1].key == "");
  CHECK(messages[1].value == "");
  CHECK(messages[2].key == std::nullopt);
  CHECK(messages[2].value == std::nullopt);
  CHECK(messages[2].partition == 0);
  CHECK(messages[2].offset == 2);
  CHECK(messages[2].timestamp_ms > 0);
  CHECK(messages[2].headers == std::vector<std::pair<std::string, KafkaBytes>>{
                                   {"given", "x\xff"}, {"empty", ""}, {"null", std::nullopt}});
  CHECK_THROWS(server.read("no-such-topic"));
}

TEST_CASE("a broker that was killed or stopped has what it had", "[kafka][broker]") {
  KafkaServer& server = KafkaServer::shared();
  const std::string topic = server.new_topic("kept", 1, {{"cleanup.policy", "compact"}});
  const Producer producer(server.bootstrap(), topic);
  producer.begin();
  producer.send(topic, "a", "kept");
  REQUIRE(producer.commit() == Producer::kOk);
  server.kill();
  server.start();
  CHECK(values_of(server.read(topic)) == std::vector<KafkaBytes>{"kept"});
  server.stop();
  server.start();
  server.freeze();
  server.thaw();
  producer.begin();
  producer.send(topic, "b", "and went on");
  REQUIRE(producer.commit() == Producer::kOk);
  CHECK(values_of(server.read(topic)) == std::vector<KafkaBytes>{"kept", "and went on"});
}

}  // namespace slotcast::test
