// Goal: what would break a sink's promise, or show a secret, cannot be set.

#include <catch2/catch.hpp>

#include "connectors/kafka/client_check.h"
#include "connectors/kafka/make.h"
#include "connectors/kafka/names.h"
#include "connectors/kafka/statistics.h"

using namespace slotcast;

namespace {

kafka::Options options_with(const std::string& property, const std::string& value) {
  kafka::Options options;
  options.brokers = {"localhost:9092"};
  options.properties = {{property, value}};
  return options;
}

// "key: what"; empty when nothing is wrong.
std::string first_mistake(const kafka::Options& options) {
  const auto mistakes = kafka::check(options);
  return mistakes.empty() ? "" : mistakes[0].second.what;
}

}  // namespace

TEST_CASE("kafka: properties that would break the promise are refused", "[kafka]") {
  const std::pair<const char*, const char*> refused[] = {
      {"enable.idempotence", "false"},
      {"acks", "1"},
      {"request.required.acks", "0"},
      {"max.in.flight", "100"},
      {"retries", "0"},
      {"message.timeout.ms", "1"},
      {"transactional.id", "x"},
      {"partitioner", "random"},
      {"sticky.partitioning.linger.ms", "10"},
      {"isolation.level", "read_uncommitted"},
      {"allow.auto.create.topics", "true"},
      {"sasl.password", "canary"},
      {"ssl.key.password", "canary"},
      {"bootstrap.servers", "x"},
      {"security.protocol", "PLAINTEXT"},
      {"test.mock.num.brokers", "3"},
      {"plugin.paths", "x"},
      {"ssl.keystore.location", "x"},
      {"ssl.ca.pem", "canary"},
      {"ssl.engine.location", "x"},
      {"sasl.kerberos.keytab", "x"},
  };
  for (const auto& [key, value] : refused) {
    const std::string mistake = first_mistake(options_with(key, value));
    INFO(mistake);
    CHECK(mistake.find("properties." + std::string(key) + ": ") == 0);
    CHECK(mistake.find("canary") == std::string::npos);
  }
}

TEST_CASE("kafka: other properties are librdkafka's to check", "[kafka]") {
  CHECK(first_mistake(options_with("linger.ms", "50")).empty());
  CHECK(first_mistake(options_with("client.rack", "a")).empty());
  CHECK(first_mistake(options_with("linger.ms", "soon")).find("linger.ms") != std::string::npos);
  CHECK(first_mistake(options_with("no.such.thing", "1")).find("No such configuration property") !=
        std::string::npos);
}

TEST_CASE("kafka: what SASL and TLS need is asked for", "[kafka]") {
  kafka::Options options = options_with("linger.ms", "5");
  options.sasl.mechanism = "GSSAPI";
  CHECK(first_mistake(options).find("none of PLAIN") != std::string::npos);
  options.sasl.mechanism = "SCRAM-SHA-256";
  CHECK(first_mistake(options) == "sasl.username: is needed for SCRAM-SHA-256");
  options.sasl = {};
  options.tls.is_on = true;
  options.tls.certificate_file = "/no/such/file";
  CHECK(first_mistake(options).find("goes with tls.key_file") != std::string::npos);
  options.tls = {true, "/no/such/file", "", "", ""};
  CHECK(first_mistake(options).find("tls.ca_file: ") == 0);
  options = options_with("linger.ms", "5");
}

TEST_CASE("kafka: brokers are host:port, each by itself", "[kafka]") {
  kafka::Options options = options_with("linger.ms", "5");
  for (const char* broker : {"kafka://one", "one", "one:", ":9092", "one:0", "one:65536", "one:9x",
                             "one:1,two:2", "a b:1", "::1:9092", "[::1]"}) {
    options.brokers = {"fine:9092", broker};
    CHECK(first_mistake(options) == "brokers: \"" + std::string(broker) + "\" is not host:port");
  }
  for (const char* broker : {"one:1", "kafka1.example.com:65535", "10.0.0.1:9092", "[::1]:9092"}) {
    options.brokers = {broker};
    CHECK(first_mistake(options).empty());
  }
}

TEST_CASE("kafka: a topic for rows is not the one of progress, and has a name", "[kafka]") {
  kafka::Options options = options_with("linger.ms", "5");
  options.progress_topic = "a b";
  CHECK(first_mistake(options).find("progress_topic: ' ' cannot be in a topic's name") == 0);
  options.progress_topic = "kept";
  CHECK(first_mistake(options).empty());
  options.topic = "{table}";
  CHECK(kafka::topic_of(options, {"shop", "events", "public", "orders"}).value() == "orders");
  CHECK_FALSE(kafka::topic_of(options, {"shop", "events", "public", "kept"}).ok());
  options.transactions = false;
  CHECK(kafka::topic_of(options, {"shop", "events", "public", "kept"}).ok());
}

TEST_CASE("kafka: librdkafka's statistics are read", "[kafka]") {
  kafka::Statistics statistics;
  kafka::read_statistics("no JSON", statistics);
  CHECK(statistics.queue_messages == 0);
  // As librdkafka's STATISTICS.md has it, shortened.
  kafka::read_statistics(R"({"name":"rdkafka#producer-1","msg_cnt":22710,"msg_size":704010,
    "txmsgs":4300000,"txmsg_bytes":133323343,"brokers":{
    "localhost:9092/2":{"state":"UP","waitresp_cnt":3,"txretries":2,"req_timeouts":1,
      "rtt":{"p99":5000}},
    "localhost:9093/3":{"state":"DOWN","waitresp_cnt":1,"txretries":5,"req_timeouts":0,
      "rtt":{"p99":2000}}}})",
                         statistics);
  CHECK_FALSE(statistics.has_id);
  CHECK(statistics.queue_messages == 22'710);
  CHECK(statistics.queue_bytes == 704'010);
  CHECK(statistics.sent_messages == 4'300'000);
  CHECK(statistics.sent_bytes == 133'323'343);
  CHECK(statistics.brokers_up == 1);
  CHECK(statistics.in_flight == 4);
  CHECK(statistics.retries == 7);
  CHECK(statistics.timeouts == 1);
  CHECK(statistics.latency_p99_seconds == Approx(0.005));
  kafka::read_statistics(R"({"eos":{"idemp_state":"WaitPID","producer_id":-1}})", statistics);
  CHECK_FALSE(statistics.has_id);
  kafka::read_statistics(R"({"eos":{"idemp_state":"Assigned","producer_id":5}})", statistics);
  CHECK(statistics.has_id);
}
