// Goal: each class of error has its end: what passes is waited out, what costs the transaction
// breaks this producer and not the next one, what only a person can mend says so.
// Method: librdkafka's mock of a broker answers with the errors; what is there says kcat.

#include <catch2/catch.hpp>

#include "connectors/kafka/producer.h"
#include "tests/support/kafka_messages.h"
#include "tests/support/kafka_mock.h"

using namespace slotcast;
using slotcast::test::KafkaRequest;
using slotcast::test::MockBroker;

namespace {

constexpr auto kPatience = std::chrono::seconds(10);

class Scene {
 public:
  explicit Scene(bool has_transactions = true) {
    options_.brokers = {broker.bootstrap()};
    options_.transactions = has_transactions;
    options_.answer_timeout = kPatience;
    replace();
  }

  // As the sink does after any error.
  void replace() {
    topic_.reset();
    producer_.reset();
    auto made = kafka::Producer::make(options_, "id", troubles_, {});
    REQUIRE(made.ok());
    producer_ = std::move(made).value();
    auto topic = producer_->topic("t");
    REQUIRE(topic.ok());
    topic_ = std::move(topic).value();
  }

  Status send(const std::string& value) {
    kafka::Outgoing message;
    message.topic = topic_.get();
    message.value = value;
    return producer_->send(message);
  }

  // One transaction with one message.
  Status deliver(const std::string& value) {
    if (!options_.transactions) {
      TRY(send(value));
      return producer_->flush();
    }
    if (!is_begun_) TRY(producer_->init_transactions(kPatience));
    is_begun_ = true;
    TRY(producer_->begin());
    TRY(send(value));
    TRY(producer_->flush());
    return producer_->commit();
  }

  // Another producer does what this one could not.
  void recover(const std::string& value) {
    is_begun_ = false;
    replace();
    const Status delivered = deliver(value);
    INFO((delivered.ok() ? std::string() : delivered.error().what));
    REQUIRE(delivered.ok());
    const auto messages = test::read_with_kcat(broker.bootstrap(), "t");
    REQUIRE_FALSE(messages.empty());
    CHECK(messages.back().value == value);
  }

  kafka::Producer& producer() { return *producer_; }
  MockBroker broker;

 private:
  kafka::Options options_;
  kafka::Troubles troubles_{"sink test"};
  std::unique_ptr<kafka::Producer> producer_;
  kafka::TopicPtr topic_;
  bool is_begun_ = false;
};

std::string what_of(const Status& status) {
  return status.ok() ? "ok" : status.error().what;
}

}  // namespace

TEST_CASE("kafka errors: what passes is waited out", "[kafka]") {
  for (const auto error :
       {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
        RD_KAFKA_RESP_ERR_NOT_COORDINATOR}) {
    for (const auto request :
         {KafkaRequest::InitProducerId, KafkaRequest::AddPartitionsToTxn, KafkaRequest::EndTxn}) {
      Scene scene;
      INFO(rd_kafka_err2name(error) << " for " << static_cast<int>(request));
      scene.broker.refuse(request, {error, error});
      const Status delivered = scene.deliver("a");
      INFO(what_of(delivered));
      CHECK(delivered.ok());
      CHECK(test::read_with_kcat(scene.broker.bootstrap(), "t").size() == 1);
    }
  }
}

TEST_CASE("kafka errors: what costs the transaction is transient, and the next producer goes on",
          "[kafka]") {
  struct Case {
    KafkaRequest request;
    rd_kafka_resp_err_t error;
  };
  for (const Case& each :
       {Case{KafkaRequest::EndTxn, RD_KAFKA_RESP_ERR_INVALID_TXN_STATE},
        Case{KafkaRequest::EndTxn, RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID},
        Case{KafkaRequest::AddPartitionsToTxn, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING},
        Case{KafkaRequest::Produce, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER},
        Case{KafkaRequest::Produce, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE}}) {
    Scene scene;
    INFO(rd_kafka_err2name(each.error));
    scene.broker.refuse(each.request, {each.error});
    const Status delivered = scene.deliver("a");
    REQUIRE_FALSE(delivered.ok());
    CHECK(delivered.error().kind == ErrorKind::Transient);
    CHECK(scene.producer().is_broken());
    scene.recover("b");
  }
}

TEST_CASE("kafka errors: a fenced producer is of no use any more", "[kafka]") {
  for (const auto error :
       {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, RD_KAFKA_RESP_ERR_PRODUCER_FENCED}) {
    for (const auto request : {KafkaRequest::AddPartitionsToTxn, KafkaRequest::EndTxn}) {
      Scene scene;
      INFO(rd_kafka_err2name(error) << " for " << static_cast<int>(request));
      scene.broker.refuse(request, {error});
      const Status delivered = scene.deliver("a");
      REQUIRE_FALSE(delivered.ok());
      CHECK(delivered.error().kind == ErrorKind::Transient);
      CHECK(scene.producer().is_broken());
    }
  }
}

TEST_CASE("kafka errors: rights that are missing are named", "[kafka]") {
  Scene scene;
  scene.broker.refuse(KafkaRequest::InitProducerId,
                      {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED});
  const Status refused = scene.deliver("a");
  CHECK(what_of(refused).find("transactional id id: grant Write on it") != std::string::npos);
  scene.recover("b");

  scene.broker.refuse(KafkaRequest::Produce, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
  const Status unwritten = scene.deliver("c");
  REQUIRE_FALSE(unwritten.ok());
  CHECK(unwritten.error().kind == ErrorKind::Transient);
  CHECK(what_of(unwritten).find("topic t: we may not write to it") != std::string::npos);
  scene.recover("d");
}

TEST_CASE("kafka errors: a time that brokers do not allow is no matter of trying again",
          "[kafka]") {
  Scene scene;
  scene.broker.refuse(KafkaRequest::InitProducerId,
                      {RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT});
  const Status refused = scene.deliver("a");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::Invalid);
  CHECK(what_of(refused).find("transaction.max.timeout.ms") != std::string::npos);
}

TEST_CASE("kafka errors: without transactions a lost sequence breaks the producer, not the sink",
          "[kafka]") {
  Scene scene(/*has_transactions=*/false);
  REQUIRE(scene.deliver("a").ok());
  scene.broker.refuse(KafkaRequest::Produce, {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
  const Status delivered = scene.deliver("b");
  REQUIRE_FALSE(delivered.ok());
  CHECK(delivered.error().kind == ErrorKind::Transient);
  CHECK(scene.producer().is_broken());
  scene.recover("b");
}
