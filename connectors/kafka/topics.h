#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "connectors/kafka/admin.h"
#include "connectors/kafka/options.h"
#include "connectors/kafka/producer.h"
#include "lib/sink/environment.h"
#include "lib/sink/sink.h"

namespace slotcast::kafka {

// A topic that is there. Its name lives as long as Topics, since formats keep what is named after
// it.
struct Topic {
  std::string name;
  TopicPtr handle;  // null: it was of a producer that is gone
  // Key, value and headers of a message, together; a topic that does not tell has no limit.
  std::uint64_t bytes_max = UINT64_MAX;
  SteadyTime looked_at{};  // then it was so
  bool is_old = false;     // somebody says that it is not so any more
};

// Where the rows of one version of a table go.
struct Way {
  const Topic* topic = nullptr;
  const std::vector<std::string>* key = nullptr;  // of `keys`; null: the replica identity
  std::optional<std::uint32_t> partition_column;
  std::uint32_t table_hash = 0;
};

// Which topics there are, as far as rows went there. Each is looked up once with each producer, and
// made if it is not there and may be made.
// Threads: one, the branch's. Errors: Transient when nobody answers, and when a topic is not there
// or we may not use it: somebody will see to that. Invalid when it cannot be as the options have
// it.
class Topics {
 public:
  Topics(const Options& options, const sink::Environment& environment);

  // The topics are asked for again, at this producer. No Topic may be in use.
  void begin(Producer& producer);
  void end();

  // Valid until end().
  Result<const Way*> way_for(const sink::Row& row);
  Result<const Topic*> transactions();
  // The least of all topics' own limits for a batch of messages, as far as they are known.
  std::uint64_t batch_bytes_max() const { return batch_bytes_max_; }
  // Whether the limit of a topic that was met was asked for anew: not when it was of late.
  bool look_again(const std::string& topic, Duration of_late = std::chrono::seconds(1));
  // The limits that are known may be old: the next look asks.
  void look_anew();
  // A broker refused a message of so many bytes.
  void note_too_large(const std::string& topic, std::uint64_t bytes);

 private:
  Result<Way> find_way(const sink::Row& row);
  Result<Way> way_of_messages();
  Result<const Topic*> find_topic(const std::string& name);
  Status ensure(const std::string& name, rd_kafka_topic_t* topic);
  Result<std::uint64_t> limit_of(const std::string& name);
  void note_limit(const std::string& topic, std::uint64_t bytes);
  void warn_of(const Relation& relation, const std::string& hazard);
  Result<std::string> name_for(const Relation& relation, const std::string& table);

  const Options& options_;
  const sink::Environment& environment_;
  std::map<std::string, std::vector<std::string>> keys_;  // by full name
  Producer* producer_ = nullptr;
  std::unordered_map<std::string, std::unique_ptr<Topic>> topics_;  // by name
  std::set<std::string> warned_;  // of their hazards: tables, by full name
  std::map<std::pair<std::uint64_t, std::string>, Way> ways_;  // by relation version and target
  std::map<std::string, std::pair<std::string, std::string>> owners_;  // of topics
  // Of topics that take less than they say, or say nothing: the smallest message refused, and when.
  struct Refused {
    std::uint64_t bytes;
    SteadyTime at;
  };
  std::map<std::string, Refused> refused_;       // by topic
  std::map<std::string, std::uint64_t> limits_;  // by topic: that for a batch, where it says it
  std::uint64_t batch_bytes_max_ = UINT64_MAX;   // the least of them
  std::uint64_t last_version_ = 0;
  std::string last_target_;
  const Way* last_way_ = nullptr;
};

}  // namespace slotcast::kafka
