#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kafka/admin.h"
#include "connectors/kafka/handle.h"
#include "connectors/kafka/options.h"
#include "connectors/kafka/producer.h"
#include "connectors/kafka/row_id.h"
#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/change/change.h"

// What a sink has delivered, kept by the brokers: a compacted topic of one partition, into which
// each transaction writes its own record, so that record and rows become visible together. After a
// crash it alone says whether a batch was committed. PROGRESS.md has the format.

namespace slotcast::kafka {

// Rows of the batch behind the last one that were committed ahead of its end, since they were too
// large, or took too long, for one transaction of Kafka's.
struct Part {
  std::uint64_t rows = 0;
  ChangeId last;
  std::optional<ChangeId> first = {};  // not known of what is left of a part
  // The rows of its batch that topics had refused by then. Before its last row they are refused
  // again when they come again, even if a topic would take them now, since rows behind them are
  // there. Not known where there were too many for a record.
  std::optional<std::vector<RowId>> left_out = {};
  bool operator==(const Part&) const = default;
};

struct Progress {
  std::string batch;  // the token of the last batch that was committed; empty: none was
  ChangeId last;      // the last change in it
  std::optional<Part> part;
  std::string owner;       // the instance that wrote there last
  bool had_owner = false;  // another one before it left its name
};

// Threads: one, the branch's.
class ProgressTopic {
 public:
  // `key` tells sinks apart that share a topic.
  ProgressTopic(Options options, std::string topic, std::string key, std::string name);

  // Makes the topic if it is not there, and may be made.
  // Invalid: it has not one partition, or forgets what it should keep. Transient: it is not there,
  // or we may not use it.
  Status ensure(Producer& producer);
  // Whether ensure() and reading would do; changes nothing.
  Status ask(Producer& producer);

  // After init_transactions(): writes that `instance` has the topic now, in a transaction, then
  // reads until that record is seen, so that nothing committed before it can be missed.
  // Transient: somebody else's open transaction stands in between.
  // `own`: how the names of this process begin that are no sign of an earlier owner; empty: none.
  Result<Progress> take_over(Producer& producer, const std::string& instance,
                             const std::string& own);
  // The names that are there are no sign of an earlier owner: the topic was emptied before them.
  Status disown(Producer& producer);
  // As any reader sees it now; nothing is written.
  Result<Progress> read();

  // Into the producer's open transaction.
  Status write(Producer& producer, const Progress& progress);

  const std::string& name() const { return topic_; }
  const std::string& key() const { return key_; }

 private:
  NewTopic as_wanted() const;
  Result<bool> is_there(Producer& producer, rd_kafka_topic_t* topic) const;
  Result<bool> is_compacted(Producer& producer) const;
  Status send(Producer& producer, const std::string& key, std::optional<std::string_view> value);

  const Options options_;
  const std::string topic_;
  const std::string key_;
  const std::string name_;
  bool has_warned_ = false;
};

// The value of a record, and back. Corrupt when it is none of ours.
std::string print_progress(const Progress& progress);
Result<Progress> parse_progress(std::string_view text);

}  // namespace slotcast::kafka
