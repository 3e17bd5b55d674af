#include "tests/support/kafka_topics.h"

#include <librdkafka/rdkafka.h>
#include <simdjson.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "connectors/kafka/make.h"
#include "lib/base/clock.h"
#include "lib/base/random.h"

namespace slotcast::test {
namespace {

constexpr int kTimeoutMs = 30'000;
constexpr auto kMarkersPatience = std::chrono::seconds(3);

std::string unique_name() {
  static int count = 0;
  return "c" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

// Where the partition ends for readers of that isolation; -1 when there is no such topic.
std::int64_t end_of(const std::string& bootstrap, const std::string& topic, const char* isolation) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char why[256] = "";
  for (const auto& [name, value] : {std::pair("bootstrap.servers", bootstrap.c_str()),
                                    {"group.id", "ends"},
                                    {"isolation.level", isolation},
                                    {"log_level", "0"}}) {
    rd_kafka_conf_set(conf, name, value, why, sizeof why);
  }
  rd_kafka_t* const client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
  if (client == nullptr) throw std::runtime_error(why);
  std::int64_t low = 0;
  std::int64_t high = 0;
  const auto code =
      rd_kafka_query_watermark_offsets(client, topic.c_str(), 0, &low, &high, kTimeoutMs);
  rd_kafka_destroy(client);
  if (code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
      code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC) {
    return -1;
  }
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(code));
  return high;
}

SystemClock& system_clock() {
  static SystemClock clock;
  return clock;
}

std::uint64_t ordinal_of(const std::string& value) {
  simdjson::dom::parser parser;
  return parser.parse(value)["_seq"].get_uint64().value();
}

}  // namespace

KafkaTopics::KafkaTopics()
    : clock(&system_clock()), server_(KafkaServer::shared()), sink_(unique_name()) {
  options.brokers = {server_.bootstrap()};
  options.topic = "{sink}.{table}";
  options.topics.partitions = 1;
  options.format.format = kafka::Format::Json;
  options.format.times = kafka::Times::Iso;
}

std::unique_ptr<sink::Sink> KafkaTopics::connect() {
  static SystemRandom random;
  auto made = kafka::make(options, {"shop", sink_, clock, &random});
  if (!made.ok()) throw std::runtime_error(made.error().what);
  return std::move(made).value();
}

std::vector<KafkaMessage> KafkaTopics::messages(const std::string& table) const {
  return read(topic(table));
}

std::vector<KafkaMessage> KafkaTopics::read(const std::string& topic) const {
  if (end_of(server_.bootstrap(), topic, "read_committed") < 0) return {};
  return server_.read(topic);
}

FarSide::Visible KafkaTopics::visible() {
  Visible visible;
  for (const char* table : {"one", "two"}) {
    for (const KafkaMessage& message : messages(table)) {
      visible[table].push_back(ordinal_of(message.value.value()));
    }
  }
  return visible;
}

std::size_t KafkaTopics::count_unfinished() const {
  std::size_t open = 0;
  for (const std::string& name : {topic("one"), topic("two"), progress_topic()}) {
    const std::int64_t stable = end_of(server_.bootstrap(), name, "read_committed");
    if (stable < end_of(server_.bootstrap(), name, "read_uncommitted")) ++open;
  }
  return open;
}

// A broker says that a transaction has ended before each of its partitions has heard of it.
std::size_t KafkaTopics::unfinished() {
  const auto end = std::chrono::steady_clock::now() + kMarkersPatience;
  std::size_t open = count_unfinished();
  while (open > 0 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    open = count_unfinished();
  }
  return open;
}

}  // namespace slotcast::test
