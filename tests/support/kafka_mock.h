#pragma once

#include <librdkafka/rdkafka.h>
// It wants the other one first.
#include <librdkafka/rdkafka_mock.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

namespace slotcast::test {

// Requests by their number in Kafka's protocol.
enum class KafkaRequest : std::int16_t {
  Produce = 0,
  InitProducerId = 22,
  AddPartitionsToTxn = 24,
  EndTxn = 26,
};

// librdkafka's mock of a broker with topic `t` of one partition. It answers with the errors that a
// test wishes for, which a real broker cannot be made to. It cannot prove transactions: what is
// aborted is read as well.
class MockBroker {
 public:
  MockBroker() {
    char why[256] = "";
    host_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof why));
    REQUIRE(host_ != nullptr);
    cluster_.reset(rd_kafka_mock_cluster_new(host_.get(), 1));
    REQUIRE(cluster_ != nullptr);
    rd_kafka_mock_topic_create(cluster_.get(), "t", 1, 1);
  }
  std::string bootstrap() const { return rd_kafka_mock_cluster_bootstraps(cluster_.get()); }
  // The next requests of this kind, one for each error.
  void refuse(KafkaRequest request, const std::vector<rd_kafka_resp_err_t>& errors) {
    rd_kafka_mock_push_request_errors_array(cluster_.get(), static_cast<std::int16_t>(request),
                                            errors.size(), errors.data());
  }
  void answer_after(int ms) { rd_kafka_mock_broker_set_rtt(cluster_.get(), -1, ms); }

 private:
  std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)> host_{nullptr, &rd_kafka_destroy};
  std::unique_ptr<rd_kafka_mock_cluster_t, decltype(&rd_kafka_mock_cluster_destroy)> cluster_{
      nullptr, &rd_kafka_mock_cluster_destroy};
};

}  // namespace slotcast::test
