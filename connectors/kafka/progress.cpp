#include "connectors/kafka/progress.h"

#include <simdjson.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "connectors/kafka/admin.h"
#include "connectors/kafka/client.h"
#include "connectors/kafka/progress_reader.h"
#include "lib/base/diag.h"
#include "lib/sink/encode/json_members.h"

namespace slotcast::kafka {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr const char* kOwnerSuffix = "/owner";

void put_id(sink::Buffer& out, const char* lsn, const char* seq, const ChangeId& id) {
  sink::put_member(out, lsn, to_string(id.commit_lsn));
  sink::put_number(out, seq, static_cast<std::int64_t>(id.ordinal));
}

ChangeId read_id(sink::Members& members, const char* lsn, const char* seq) {
  return {members.lsn(lsn), members.number<std::uint64_t>(seq)};
}

void put_left_out(sink::Buffer& out, const std::vector<RowId>& rows) {
  out.append(",\"left_out\":[");
  const char* before = "";
  for (const RowId& row : rows) {
    out.append(before);
    put_id(out, "{\"lsn\":", ",\"seq\":", row.change);
    sink::put_member(out, ",\"table\":", row.table);
    if (!row.target.empty()) sink::put_member(out, ",\"target\":", row.target);
    out.append('}');
    before = ",";
  }
  out.append(']');
}

void put_part(sink::Buffer& out, const Part& part) {
  sink::put_number(out, ",\"part\":{\"rows\":", static_cast<std::int64_t>(part.rows));
  if (part.first) put_id(out, ",\"first_lsn\":", ",\"first_seq\":", *part.first);
  put_id(out, ",\"last_lsn\":", ",\"last_seq\":", part.last);
  if (part.left_out) put_left_out(out, *part.left_out);
  out.append('}');
}

RowId read_left_out(sink::Members row) {
  RowId id{read_id(row, "lsn", "seq"), std::string(row.text("table")), {}};
  if (row.has("target")) id.target = row.text("target");
  return id;
}

Part read_part(sink::Members members) {
  Part part{members.number<std::uint64_t>("rows"), read_id(members, "last_lsn", "last_seq")};
  if (members.has("first_lsn")) part.first = read_id(members, "first_lsn", "first_seq");
  if (!members.has("left_out")) return part;
  simdjson::dom::array rows;
  part.left_out.emplace();
  if (members.object()["left_out"].get(rows) != simdjson::SUCCESS) {
    members.fail("left_out");
    return part;
  }
  for (const simdjson::dom::element row : rows) {
    part.left_out->push_back(read_left_out(members.of(row)));
  }
  return part;
}

std::string print_owner(const std::string& owner) {
  sink::Buffer out;
  sink::put_number(out, "{\"version\":", kVersion);
  sink::put_member(out, ",\"owner\":", owner);
  out.append('}');
  return std::string(out.text());
}

}  // namespace

std::string print_progress(const Progress& progress) {
  sink::Buffer out;
  sink::put_number(out, "{\"version\":", kVersion);
  sink::put_member(out, ",\"batch\":", progress.batch);
  put_id(out, ",\"lsn\":", ",\"seq\":", progress.last);
  if (!progress.owner.empty()) sink::put_member(out, ",\"writer\":", progress.owner);
  if (progress.part) put_part(out, *progress.part);
  out.append('}');
  return std::string(out.text());
}

Result<Progress> parse_progress(std::string_view text) {
  simdjson::dom::parser parser;
  simdjson::dom::element top;
  if (parser.parse(text.data(), text.size()).get(top) != simdjson::SUCCESS) {
    return corrupt("a record of the progress topic is no JSON");
  }
  std::deque<std::string> owned;
  std::string wrong;
  sink::Members members(top, owned, wrong);
  Progress progress;
  if (members.number<std::int64_t>("version") != kVersion) {
    return invalid("the progress topic was written by a newer slotcast");
  }
  if (members.has("owner")) {
    progress.owner = members.text("owner");
  } else {
    progress.batch = members.text("batch");
    progress.last = read_id(members, "lsn", "seq");
    if (members.has("writer")) progress.owner = members.text("writer");
  }
  simdjson::dom::element part;
  if (top["part"].get(part) == simdjson::SUCCESS) progress.part = read_part(members.of(part));
  if (!wrong.empty()) return corrupt("a record of the progress topic has no valid " + wrong);
  return progress;
}

ProgressTopic::ProgressTopic(Options options, std::string topic, std::string key, std::string name)
    : options_(std::move(options)),
      topic_(std::move(topic)),
      key_(std::move(key)),
      name_(std::move(name)) {}

NewTopic ProgressTopic::as_wanted() const {
  return {topic_, 1, options_.topics.replication, {{"cleanup.policy", "compact"}}};
}

Result<bool> ProgressTopic::is_there(Producer& producer, rd_kafka_topic_t* topic) const {
  TRY_ASSIGN(const auto facts, look_up(producer.handle(), topic, options_.answer_timeout));
  if (!facts && !options_.topics.create) {
    return transient("topic " + topic_ +
                     " keeps what is delivered, and is not there: make it with one partition and "
                     "cleanup.policy=compact, or set topics.create");
  }
  if (!facts || facts->partitions == 1) return facts.has_value();
  return invalid("topic " + topic_ +
                 " keeps what is delivered and must have one partition; it has " +
                 std::to_string(facts->partitions) +
                 ": name another one in progress_topic, or make "
                 "it anew where nothing was delivered yet");
}

// False when we may not see it.
Result<bool> ProgressTopic::is_compacted(Producer& producer) const {
  TRY_ASSIGN(const auto config, describe(producer.handle(), topic_, options_.answer_timeout));
  if (!config) return false;
  const auto policy = config->find("cleanup.policy");
  if (policy == config->end() || policy->second == "compact") return true;
  return invalid("topic " + topic_ + " keeps what is delivered and must have " +
                 "cleanup.policy=compact; it has " + policy->second);
}

Status ProgressTopic::ensure(Producer& producer) {
  TRY_ASSIGN(const TopicPtr topic, producer.topic(topic_));
  TRY_ASSIGN(const bool was_there, is_there(producer, topic.get()));
  if (!was_there) {
    TRY(create(producer.handle(), topic.get(), as_wanted(), options_.answer_timeout));
    diag::info(name_, "made the topic that keeps what is delivered", {{"topic", topic_}});
    return {};
  }
  TRY_ASSIGN(const bool is_seen, is_compacted(producer));
  if (is_seen || std::exchange(has_warned_, true)) return {};
  diag::warning(name_, "may not see the settings of the topic that keeps what is delivered",
                {{"topic", topic_}, {"must_be", "cleanup.policy=compact"}});
  return {};
}

Status ProgressTopic::ask(Producer& producer) {
  TRY_ASSIGN(const TopicPtr topic, producer.topic(topic_));
  TRY_ASSIGN(const bool was_there, is_there(producer, topic.get()));
  if (!was_there) return try_create(producer.handle(), as_wanted(), options_.answer_timeout);
  TRY(is_compacted(producer).status());
  return read().status();
}

Status ProgressTopic::send(Producer& producer, const std::string& key,
                           std::optional<std::string_view> value) {
  TRY_ASSIGN(const TopicPtr topic, producer.topic(topic_));
  Outgoing record;
  record.topic = topic.get();
  record.key = key;
  record.value = value;
  return producer.send(record);
}

Status ProgressTopic::write(Producer& producer, const Progress& progress) {
  return send(producer, key_, print_progress(progress));
}

Result<Progress> ProgressTopic::take_over(Producer& producer, const std::string& instance,
                                          const std::string& own) {
  TRY(producer.begin());
  TRY(send(producer, key_ + kOwnerSuffix, print_owner(instance)));
  TRY(producer.commit());
  TRY_ASSIGN(auto reader, ProgressReader::make(options_, topic_));
  return reader->read(key_, key_ + kOwnerSuffix, instance, own);
}

Status ProgressTopic::disown(Producer& producer) {
  TRY(producer.begin());
  TRY(send(producer, key_ + kOwnerSuffix, std::nullopt));
  return producer.commit();
}

Result<Progress> ProgressTopic::read() {
  TRY_ASSIGN(auto reader, ProgressReader::make(options_, topic_));
  return reader->read(key_, key_ + kOwnerSuffix, {}, {});
}

}  // namespace slotcast::kafka
