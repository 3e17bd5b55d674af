#include "connectors/kafka/topics.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "connectors/kafka/hazard.h"
#include "connectors/kafka/murmur2.h"
#include "connectors/kafka/names.h"
#include "connectors/kafka/topic_name.h"
#include "lib/base/diag.h"
#include "lib/base/ensure.h"

namespace slotcast::kafka {
namespace {

// What a batch and a record have around key, value and headers; brokers count it all.
// Source: Apache Kafka, documentation, "Message Format".
constexpr std::uint64_t kAroundMessage = 256;
// Far above the tables of one source; reached only when their definitions keep changing.
constexpr std::size_t kWaysMax = 20'000;
// Then a larger message is tried again: its topic may take it by now.
constexpr auto kRefusedValid = std::chrono::seconds(30);

}  // namespace

Topics::Topics(const Options& options, const sink::Environment& environment)
    : options_(options), environment_(environment) {
  for (const auto& [table, columns] : options.keys) keys_[table] = columns;
}

void Topics::begin(Producer& producer) {
  end();
  producer_ = &producer;
}

void Topics::end() {
  last_way_ = nullptr;
  ways_.clear();
  for (auto& [name, topic] : topics_) topic->handle.reset();
  producer_ = nullptr;
}

Result<const Way*> Topics::way_for(const sink::Row& row) {
  static const std::string kNone;
  const std::string& target = row.target == nullptr ? kNone : *row.target;
  const std::uint64_t version = row.change->relation->version;
  if (last_way_ != nullptr && version == last_version_ && target == last_target_) return last_way_;
  const auto key = std::make_pair(version, target);
  auto found = ways_.find(key);
  if (found == ways_.end()) {
    if (ways_.size() >= kWaysMax) {
      last_way_ = nullptr;
      ways_.clear();
    }
    TRY_ASSIGN(Way way, find_way(row));
    found = ways_.emplace(key, way).first;
  }
  last_version_ = version;
  last_target_ = target;
  last_way_ = &found->second;
  return last_way_;
}

// As Debezium names it, and with its key.
Result<Way> Topics::way_of_messages() {
  static const std::vector<std::string> key{"prefix"};
  Way way;
  TRY_ASSIGN(way.topic, find_topic(messages_topic_of(environment_.pipeline)));
  way.key = &key;
  way.table_hash = murmur2("message");
  return way;
}

Result<Way> Topics::find_way(const sink::Row& row) {
  if (row.change->operation == Operation::Message) return way_of_messages();
  const Relation& relation = *row.change->relation;
  const bool has_target = row.target != nullptr && !row.target->empty();
  const std::string& table = has_target ? *row.target : relation.table;
  Way way;
  TRY_ASSIGN(const std::string name, name_for(relation, table));
  TRY_ASSIGN(way.topic, find_topic(name));
  const auto key = keys_.find(relation.full_name());
  if (key != keys_.end()) way.key = &key->second;
  warn_of(relation, find_hazard(options_, relation));
  way.table_hash = murmur2(relation.full_name());
  if (options_.partition != PartitionBy::Column) return way;
  const auto column =
      std::find_if(relation.columns.begin(), relation.columns.end(),
                   [&](const Column& each) { return each.name == options_.partition_column; });
  if (column == relation.columns.end()) {
    return invalid("table " + relation.full_name() + " has no column " + options_.partition_column +
                   ", which is to choose the partition");
  }
  way.partition_column = static_cast<std::uint32_t>(column - relation.columns.begin());
  return way;
}

// Once for each table, and again when its identity became such a one again.
void Topics::warn_of(const Relation& relation, const std::string& hazard) {
  if (hazard.empty()) {
    warned_.erase(relation.full_name());
  } else if (warned_.insert(relation.full_name()).second) {
    diag::warning("sink " + environment_.sink, hazard);
  }
}

Result<std::string> Topics::name_for(const Relation& relation, const std::string& table) {
  const TopicNames names{environment_.pipeline, environment_.sink, relation.schema, table};
  TRY_ASSIGN(const std::string name, topic_of(options_, names));
  const auto [found, is_new] = owners_.emplace(name, std::make_pair(relation.schema, table));
  if (is_new) return name;
  const auto& [schema, other] = found->second;
  TRY(check_apart(options_.topic, name, {environment_.pipeline, environment_.sink, schema, other},
                  names));
  return name;
}

Result<const Topic*> Topics::find_topic(const std::string& name) {
  ENSURE(producer_ != nullptr);
  std::unique_ptr<Topic>& topic = topics_[name];
  if (!topic) topic = std::make_unique<Topic>();
  topic->name = name;
  if (topic->handle) return static_cast<const Topic*>(topic.get());
  TRY_ASSIGN(TopicPtr handle, producer_->topic(name));
  TRY(ensure(name, handle.get()));
  TRY_ASSIGN(topic->bytes_max, limit_of(name));
  topic->looked_at = environment_.clock->now();
  topic->is_old = false;
  topic->handle = std::move(handle);
  return static_cast<const Topic*>(topic.get());
}

Result<const Topic*> Topics::transactions() {
  return find_topic(transactions_topic_of(environment_.pipeline));
}

Status Topics::ensure(const std::string& name, rd_kafka_topic_t* topic) {
  TRY_ASSIGN(const auto facts, look_up(producer_->handle(), topic, options_.answer_timeout));
  if (facts) return {};
  if (!options_.topics.create) {
    return transient(missing_topic(name));
  }
  const NewTopic made{name, options_.topics.partitions, options_.topics.replication,
                      options_.topics.config};
  TRY(create(producer_->handle(), topic, made, options_.answer_timeout));
  diag::info("sink " + environment_.sink, "made a topic", {{"topic", name}});
  return {};
}

Result<std::uint64_t> Topics::limit_of(const std::string& name) {
  std::uint64_t limit = UINT64_MAX;
  TRY_ASSIGN(const auto config, describe(producer_->handle(), name, options_.answer_timeout));
  if (config) {
    const auto found = config->find("max.message.bytes");
    std::uint64_t bytes = 0;
    if (found != config->end() &&
        std::from_chars(found->second.data(), found->second.data() + found->second.size(), bytes)
                .ec == std::errc()) {
      limit = bytes > kAroundMessage ? bytes - kAroundMessage : 1;
      note_limit(name, limit);
    }
  }
  const auto refused = refused_.find(name);
  if (refused == refused_.end()) return limit;
  if (environment_.clock->now() - refused->second.at < kRefusedValid) {
    return std::min(limit, refused->second.bytes - 1);
  }
  refused_.erase(refused);
  return limit;
}

void Topics::note_limit(const std::string& topic, std::uint64_t bytes) {
  limits_[topic] = bytes;
  batch_bytes_max_ = UINT64_MAX;
  for (const auto& [name, limit] : limits_) batch_bytes_max_ = std::min(batch_bytes_max_, limit);
}

bool Topics::look_again(const std::string& name, Duration of_late) {
  const auto found = topics_.find(name);
  if (found == topics_.end() || !found->second->handle) return false;
  Topic& topic = *found->second;
  const SteadyTime now = environment_.clock->now();
  if (!topic.is_old && now - topic.looked_at < of_late) return false;
  const auto limit = limit_of(name);
  if (!limit.ok()) return false;
  topic.bytes_max = limit.value();
  topic.looked_at = now;
  topic.is_old = false;
  return true;
}

void Topics::look_anew() {
  refused_.clear();
  for (auto& [name, topic] : topics_) topic->is_old = true;
}

void Topics::note_too_large(const std::string& topic, std::uint64_t bytes) {
  const SteadyTime now = environment_.clock->now();
  const auto [found, is_new] = refused_.emplace(topic, Refused{bytes, now});
  if (!is_new) found->second = {std::min(found->second.bytes, bytes), now};
}

}  // namespace slotcast::kafka
