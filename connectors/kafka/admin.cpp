#include "connectors/kafka/admin.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

namespace slotcast::kafka {
namespace {

int ms_of(Duration duration) {
  return static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

bool is_forbidden(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
         code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED ||
         code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED;
}

// What only another configuration cures. Too few brokers, a policy of theirs or a missing right are
// seen to where the brokers are, or somebody makes the topic.
bool is_final(rd_kafka_resp_err_t code) {
  constexpr auto kFinal = std::to_array({
      RD_KAFKA_RESP_ERR_INVALID_CONFIG,
      RD_KAFKA_RESP_ERR_INVALID_PARTITIONS,
      RD_KAFKA_RESP_ERR_INVALID_REPLICA_ASSIGNMENT,
      RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION,
      RD_KAFKA_RESP_ERR_INVALID_REQUEST,
      RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION,
      RD_KAFKA_RESP_ERR__INVALID_ARG,
      RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE,
  });
  return std::find(kFinal.begin(), kFinal.end(), code) != kFinal.end();
}

Error error_of(rd_kafka_resp_err_t code, const char* text, const std::string& topic) {
  const ErrorKind kind = is_final(code) ? ErrorKind::Invalid : ErrorKind::Transient;
  const bool has_text = text != nullptr && *text != '\0';
  return {kind, "topic " + topic + ": " + (has_text ? text : rd_kafka_err2str(code))};
}

// One admin request and its answer.
class Request {
 public:
  Request(rd_kafka_t* handle, rd_kafka_admin_op_t operation, Duration timeout)
      : queue_(rd_kafka_queue_new(handle)),
        options_(rd_kafka_AdminOptions_new(handle, operation)),
        timeout_ms_(ms_of(timeout)) {
    std::array<char, 256> why{};
    rd_kafka_AdminOptions_set_request_timeout(options_.get(), timeout_ms_, why.data(), why.size());
  }
  void only_try() {
    std::array<char, 256> why{};
    rd_kafka_AdminOptions_set_validate_only(options_.get(), 1, why.data(), why.size());
  }
  rd_kafka_queue_t* queue() const { return queue_.get(); }
  const rd_kafka_AdminOptions_t* options() const { return options_.get(); }

  // Some time is left for the answer that the time is over.
  Result<const rd_kafka_event_t*> answer(const std::string& topic) {
    event_.reset(rd_kafka_queue_poll(queue_.get(), timeout_ms_ + 1000));
    if (!event_) return transient("topic " + topic + ": no broker answers");
    const rd_kafka_resp_err_t code = rd_kafka_event_error(event_.get());
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return event_.get();
    return error_of(code, rd_kafka_event_error_string(event_.get()), topic);
  }

 private:
  QueuePtr queue_;
  AdminOptionsPtr options_;
  EventPtr event_;
  const int timeout_ms_;
};

Result<NewTopicPtr> new_topic(const NewTopic& topic) {
  constexpr int kAsTheCluster = -1;
  const auto number = [](std::uint64_t value) {
    return value == 0 ? kAsTheCluster : static_cast<int>(std::min<std::uint64_t>(value, 1'000'000));
  };
  std::array<char, 256> why{};
  NewTopicPtr made(rd_kafka_NewTopic_new(topic.name.c_str(), number(topic.partitions),
                                         number(topic.replication), why.data(), why.size()));
  if (!made) return invalid("topic " + topic.name + ": " + why.data());
  for (const auto& [key, value] : topic.config) {
    const auto code = rd_kafka_NewTopic_set_config(made.get(), key.c_str(), value.c_str());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return error_of(code, nullptr, topic.name);
  }
  return made;
}

Status ask_to_create(rd_kafka_t* handle, const NewTopic& topic, bool only_try, Duration timeout) {
  TRY_ASSIGN(const NewTopicPtr made, new_topic(topic));
  Request request(handle, RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout);
  if (only_try) request.only_try();
  rd_kafka_NewTopic_t* one = made.get();
  rd_kafka_CreateTopics(handle, &one, 1, request.options(), request.queue());
  TRY_ASSIGN(const rd_kafka_event_t* const event, request.answer(topic.name));
  std::size_t count = 0;
  const auto* results = rd_kafka_CreateTopics_result_topics(
      rd_kafka_event_CreateTopics_result(const_cast<rd_kafka_event_t*>(event)), &count);
  if (count != 1) return transient("topic " + topic.name + ": the brokers do not say");
  const rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[0]);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
    return {};
  }
  if (is_forbidden(code)) {
    return transient("topic " + topic.name +
                     " is not there, and we may not make it: make it, or grant Create on it");
  }
  return error_of(code, rd_kafka_topic_result_error_string(results[0]), topic.name)
      .prefixed("making a topic");
}

Result<std::optional<TopicConfig>> describe_any(rd_kafka_t* handle, rd_kafka_ResourceType_t type,
                                                const std::string& topic, Duration timeout) {
  Request request(handle, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout);
  const ResourcePtr resource(rd_kafka_ConfigResource_new(type, topic.c_str()));
  rd_kafka_ConfigResource_t* one = resource.get();
  rd_kafka_DescribeConfigs(handle, &one, 1, request.options(), request.queue());
  TRY_ASSIGN(const rd_kafka_event_t* const event, request.answer(topic));
  std::size_t count = 0;
  const auto* resources = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(const_cast<rd_kafka_event_t*>(event)), &count);
  if (count != 1) return transient("topic " + topic + ": the brokers do not say");
  const rd_kafka_resp_err_t code = rd_kafka_ConfigResource_error(resources[0]);
  if (is_forbidden(code)) return std::optional<TopicConfig>();
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return error_of(code, rd_kafka_ConfigResource_error_string(resources[0]), topic);
  }
  TopicConfig config;
  const auto* entries = rd_kafka_ConfigResource_configs(resources[0], &count);
  for (std::size_t i = 0; i < count; ++i) {
    const char* const value = rd_kafka_ConfigEntry_value(entries[i]);
    if (value != nullptr) config[rd_kafka_ConfigEntry_name(entries[i])] = value;
  }
  return std::optional<TopicConfig>(std::move(config));
}

// Who may not ask is not told.
Result<bool> is_described(rd_kafka_t* handle, const std::string& topic, Duration timeout) {
  const auto config = describe(handle, topic, timeout);
  if (config.ok()) return true;
  if (config.error().kind != ErrorKind::Transient) return config.error();
  return false;
}

}  // namespace

Result<std::optional<TopicFacts>> look_up(rd_kafka_t* handle, rd_kafka_topic_t* asked,
                                          Duration timeout) {
  const std::string topic = rd_kafka_topic_name(asked);
  const struct rd_kafka_metadata* raw = nullptr;
  const auto code = rd_kafka_metadata(handle, /*all_topics=*/0, asked, &raw, ms_of(timeout));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return error_of(code, nullptr, topic);
  const MetadataPtr metadata(raw);
  if (metadata->topic_cnt != 1) return transient("topic " + topic + ": the brokers do not say");
  const rd_kafka_metadata_topic& found = metadata->topics[0];
  if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
      found.err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC) {
    return std::optional<TopicFacts>();
  }
  if (is_forbidden(found.err)) {
    return transient("topic " + topic +
                     ": we may not see it, if it is there: grant Describe on it");
  }
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) return error_of(found.err, nullptr, topic);
  TopicFacts facts{found.partition_cnt, true};
  for (int i = 0; i < found.partition_cnt; ++i)
    facts.has_leaders &= found.partitions[i].leader >= 0;
  return std::optional<TopicFacts>(facts);
}

// A topic that was made is not known to all brokers at once, and librdkafka remembers that there
// was none.
Status create(rd_kafka_t* handle, rd_kafka_topic_t* asked, const NewTopic& topic,
              Duration timeout) {
  using std::chrono::steady_clock;
  const SteadyTime end = steady_clock::now() + timeout;
  TRY(ask_to_create(handle, topic, /*only_try=*/false, timeout));
  while (steady_clock::now() < end) {
    TRY_ASSIGN(const auto facts, look_up(handle, asked, timeout));
    const bool has_leaders = facts && facts->has_leaders;
    TRY_ASSIGN(const bool is_told, has_leaders ? is_described(handle, topic.name, timeout) : false);
    if (is_told) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return transient("topic " + topic.name + " was made, and has no leader yet");
}

Status try_create(rd_kafka_t* handle, const NewTopic& topic, Duration timeout) {
  return ask_to_create(handle, topic, /*only_try=*/true, timeout);
}

Result<std::optional<TopicConfig>> describe(rd_kafka_t* handle, const std::string& topic,
                                            Duration timeout) {
  return describe_any(handle, RD_KAFKA_RESOURCE_TOPIC, topic, timeout);
}

Result<std::optional<TopicConfig>> describe_broker(rd_kafka_t* handle, Duration timeout) {
  const std::int32_t id = rd_kafka_controllerid(handle, ms_of(timeout));
  if (id < 0) return transient("no broker says which there are");
  return describe_any(handle, RD_KAFKA_RESOURCE_BROKER, std::to_string(id), timeout);
}

}  // namespace slotcast::kafka
