#include "connectors/kafka/progress_reader.h"

#include <algorithm>

#include "connectors/kafka/client.h"

namespace slotcast::kafka {
namespace {

using std::chrono::milliseconds;

// Records before the end that are looked at first: of a topic that was not compacted for long the
// rest is of no interest.
constexpr std::int64_t kTailRecords = 2000;
constexpr int kPollMs = 100;

int ms_of(Duration duration) {
  return static_cast<int>(std::chrono::duration_cast<milliseconds>(duration).count());
}

std::string_view key_of(const rd_kafka_message_t& message) {
  return {static_cast<const char*>(message.key), message.key_len};
}
std::string_view value_of(const rd_kafka_message_t& message) {
  return {static_cast<const char*>(message.payload), message.len};
}

}  // namespace

struct ProgressReader::Wanted {
  const std::string& key;
  const std::string& owner_key;
  const std::string& owner;
  const std::string& own;  // names that begin so are no sign of an earlier owner
};

Result<std::unique_ptr<ProgressReader>> ProgressReader::make(const Options& options,
                                                             const std::string& topic) {
  Conf conf;
  conf.set("group.id", "slotcast");  // asked for, and never joined
  conf.set("isolation.level", "read_committed");
  conf.set("enable.partition.eof", "true");
  conf.set("enable.auto.commit", "false");
  conf.set("enable.auto.offset.store", "false");
  conf.set("auto.offset.reset", "earliest");  // the start may have been compacted away meanwhile
  conf.set("fetch.wait.max.ms", "50");
  set_client(conf, options);
  rd_kafka_conf_set_log_cb(conf.get(), nullptr);  // the producer beside it says the same
  TRY_ASSIGN(rd_kafka_t* const handle, std::move(conf).make(RD_KAFKA_CONSUMER));
  rd_kafka_poll_set_consumer(handle);
  return std::unique_ptr<ProgressReader>(new ProgressReader(handle, options, topic));
}

ProgressReader::~ProgressReader() {
  tokens_.reset();
  rd_kafka_destroy_flags(handle_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

Status ProgressReader::assign(std::int64_t offset) {
  const PartitionsPtr partitions(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(partitions.get(), topic_.c_str(), 0)->offset = offset;
  const auto code = rd_kafka_assign(handle_, partitions.get());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return transient("topic " + topic_ + ": " + rd_kafka_err2str(code));
}

Result<Progress> ProgressReader::read(const std::string& key, const std::string& owner_key,
                                      const std::string& owner, const std::string& own) {
  const Wanted wanted{key, owner_key, owner, own};
  std::int64_t low = 0;
  std::int64_t high = 0;
  const auto code =
      rd_kafka_query_watermark_offsets(handle_, topic_.c_str(), 0, &low, &high, ms_of(timeout_));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return transient("topic " + topic_ + ": " + rd_kafka_err2str(code));
  }
  const std::int64_t tail = std::max(low, high - kTailRecords);
  TRY_ASSIGN(Progress progress, read_from(tail, wanted));
  if (!progress.batch.empty() || progress.part || tail == low) return progress;
  return read_from(low, wanted);
}

// True when all that is wanted has been seen.
Result<bool> ProgressReader::take(const rd_kafka_message_t& message, const Wanted& wanted,
                                  Progress& progress) {
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return wanted.owner.empty();
  // Of a broker, not of the topic: others may do, and time is limited.
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR && message.rkt == nullptr) return false;
  if (message.err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) {
    return transient("topic " + topic_ + ": we may not read it: grant Read on it");
  }
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return transient("topic " + topic_ + ": " + rd_kafka_message_errstr(&message));
  }
  const bool is_owner = key_of(message) == wanted.owner_key;
  if (!is_owner && key_of(message) != wanted.key) return false;
  if (message.payload == nullptr) {
    if (!is_owner) return false;  // somebody cleaned up
    progress.owner.clear();       // ProgressTopic::disown()
    progress.had_owner = false;
    return false;
  }
  auto parsed = parse_progress(value_of(message));
  if (!parsed.ok()) {
    return parsed.error().prefixed("topic " + topic_ + ", offset " +
                                   std::to_string(message.offset));
  }
  if (!parsed.value().owner.empty()) {
    progress.owner = std::move(parsed.value().owner);
    const bool is_own = !wanted.own.empty() && progress.owner.starts_with(wanted.own);
    progress.had_owner = progress.had_owner || (progress.owner != wanted.owner && !is_own);
  }
  if (is_owner) return !wanted.owner.empty() && progress.owner == wanted.owner;
  progress.batch = std::move(parsed.value().batch);
  progress.last = parsed.value().last;
  progress.part = parsed.value().part;
  return false;
}

Result<Progress> ProgressReader::read_from(std::int64_t offset, const Wanted& wanted) {
  TRY(assign(offset));
  Progress progress;
  const SteadyTime end = std::chrono::steady_clock::now() + timeout_;
  while (std::chrono::steady_clock::now() < end) {
    const MessagePtr message(rd_kafka_consumer_poll(handle_, kPollMs));
    if (!message) continue;
    TRY_ASSIGN(const bool is_done, take(*message, wanted, progress));
    if (is_done) return progress;
  }
  return transient("topic " + topic_ +
                   " is not read to its end in time: a transaction of somebody else may be open "
                   "there, or its broker is slow");
}

}  // namespace slotcast::kafka
