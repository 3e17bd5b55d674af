#include "connectors/kafka/ask.h"

#include <charconv>
#include <map>
#include <set>
#include <utility>

#include "connectors/kafka/admin.h"
#include "connectors/kafka/names.h"
#include "connectors/kafka/producer.h"
#include "connectors/kafka/progress.h"
#include "connectors/kafka/topic_name.h"

namespace slotcast::kafka {
namespace {

using std::chrono::milliseconds;
using Kind = sink::Finding::Kind;

class Survey {
 public:
  Survey(const Options& options, const sink::Asked& asked, Producer& producer)
      : options_(options), asked_(asked), producer_(producer) {}

  std::vector<sink::Finding> run() {
    if (options_.transactions) {
      ask_for_progress();
      ask_for_timeout();
    }
    const std::set<std::string> topics = topics_wanted();
    for (const std::string& topic : topics) note(ask_for(topic));
    say_what_is_hidden();
    if (!options_.transactions) note(producer_.await_id(options_.answer_timeout));
    say_what_cannot_be_asked(topics.size());
    return std::move(findings_);
  }

 private:
  void note(const Status& status) {
    if (!status.ok()) findings_.push_back({Kind::Error, status.error().what});
  }

  std::set<std::string> topics_wanted() {
    std::set<std::string> topics;
    std::map<std::string, const sink::Asked::Table*> owners;
    for (const sink::Asked::Table& table : asked_.tables) {
      const TopicNames names{asked_.pipeline, asked_.sink, table.schema, table.table};
      const auto name = topic_of(options_, names);
      if (!name.ok()) {
        note(name.status());
        continue;
      }
      const auto [owner, is_new] = owners.emplace(name.value(), &table);
      const TopicNames other{asked_.pipeline, asked_.sink, owner->second->schema,
                             owner->second->table};
      if (!is_new) note(check_apart(options_.topic, name.value(), other, names));
      topics.insert(name.value());
    }
    if (options_.format.transactions) topics.insert(transactions_topic_of(asked_.pipeline));
    if (!options_.format.messages.empty()) topics.insert(messages_topic_of(asked_.pipeline));
    return topics;
  }

  Result<std::optional<TopicFacts>> look(const std::string& name) {
    TRY_ASSIGN(const TopicPtr topic, producer_.topic(name));
    return look_up(producer_.handle(), topic.get(), options_.answer_timeout);
  }

  Status ask_for(const std::string& name) {
    TRY_ASSIGN(const auto facts, look(name));
    if (facts) {
      TRY_ASSIGN(const auto config, describe(producer_.handle(), name, options_.answer_timeout));
      if (!config) hidden_.push_back(name);
      return {};
    }
    if (!options_.topics.create) return transient(missing_topic(name));
    const NewTopic made{name, options_.topics.partitions, options_.topics.replication,
                        options_.topics.config};
    return try_create(producer_.handle(), made, options_.answer_timeout);
  }

  void ask_for_progress() {
    ProgressTopic topic(options_, progress_topic_of(options_, asked_.pipeline, asked_.sink),
                        asked_.pipeline + "/" + asked_.sink, "");
    note(topic.ask(producer_));
  }

  // Who may not see the brokers' settings is told at the start.
  void ask_for_timeout() {
    const auto config = describe_broker(producer_.handle(), options_.answer_timeout);
    if (!config.ok() || !config.value()) return;
    const auto found = config.value()->find("transaction.max.timeout.ms");
    if (found == config.value()->end()) return;
    const std::string& text = found->second;
    std::int64_t most = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), most).ec != std::errc()) return;
    if (options_.transaction_timeout <= milliseconds(most)) return;
    note(invalid("transaction_timeout is above the brokers' transaction.max.timeout.ms, " + text +
                 ": set it to that at most"));
  }

  void say_what_is_hidden() {
    if (hidden_.empty()) return;
    const std::string others =
        hidden_.size() == 1 ? "" : " and " + std::to_string(hidden_.size() - 1) + " more topics";
    findings_.push_back(
        {Kind::Warning, "the settings of topic " + hidden_.front() + others +
                            " may not be seen: how large a row may be shows only when it is "
                            "refused; grant DescribeConfigs"});
  }

  void say_what_cannot_be_asked(std::size_t topics) {
    std::string what = "whether we may write shows only when we do: Write on " +
                       std::to_string(topics) + (topics == 1 ? " topic" : " topics");
    if (options_.transactions) {
      what += ", on topic " + progress_topic_of(options_, asked_.pipeline, asked_.sink) +
              " and on transactional id " +
              transactional_id_of(options_, asked_.pipeline, asked_.sink);
    }
    findings_.push_back({Kind::Note, what});
  }

  const Options& options_;
  const sink::Asked& asked_;
  Producer& producer_;
  std::vector<sink::Finding> findings_;
  std::vector<std::string> hidden_;
};

}  // namespace

std::vector<sink::Finding> ask(const Options& options, const sink::Asked& asked) {
  Troubles troubles("");
  // With a transactional id librdkafka asks for nothing in its name until it is told to.
  const std::string id = transactional_id_of(options, asked.pipeline, asked.sink);
  const auto producer = Producer::make(options, id, troubles, {});
  if (!producer.ok()) return {{Kind::Error, producer.error().what}};
  const Status reached = producer.value()->reach(options.answer_timeout);
  if (!reached.ok()) return {{Kind::Error, reached.error().what}};
  return Survey(options, asked, *producer.value()).run();
}

}  // namespace slotcast::kafka
