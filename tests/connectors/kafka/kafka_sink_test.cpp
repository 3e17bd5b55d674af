// Goal: batches are transactions of Kafka, each row once whatever is lost in between.
// Method: the contract of all sinks, against Apache's own broker, read by kcat; then what is
// Kafka's alone.

#include "connectors/kafka/kafka_sink.h"

#include <catch2/catch.hpp>

#include "connectors/kafka/progress.h"
#include "tests/support/kafka_sink_scene.h"

namespace slotcast::test {
namespace {

using Scene = KafkaSinkScene;

// Another sink that shares the topic has written more to it than is looked at first.
void fill_progress(const KafkaTopics& topics) {
  kafka::Troubles troubles("another");
  auto made = kafka::Producer::make(topics.options, topics.sink() + "-another", troubles, {});
  require_ok(made.status());
  kafka::Producer& producer = *made.value();
  require_ok(producer.init_transactions(topics.options.answer_timeout));
  require_ok(producer.begin());
  kafka::ProgressTopic progress(topics.options, topics.progress_topic(), "shop/another", "another");
  for (int i = 0; i < 2100; ++i)
    require_ok(progress.write(producer, {"a batch", {}, {}, {}, false}));
  require_ok(producer.commit());
}

}  // namespace

TEST_CASE("kafka sink: keeps the sink contract", "[kafka][contract][broker]") {
  check_sink_contract([] { return std::make_unique<KafkaTopics>(); });
}

TEST_CASE("kafka sink: of two with one name the older stops and says who has it",
          "[kafka][broker]") {
  KafkaTopics topics;
  Scene older(topics);
  require_ok(older.deliver(older.add("by the older")));
  require_ok(older.write(older.add("never seen")).status());
  Scene newer(topics);
  require_ok(newer.deliver(newer.add("by the newer")));
  // It may learn of it at any of these; at the latest when it opens again.
  const auto token = older.sink().prepare();
  Status told = token.ok() ? older.sink().commit(token.value()).status() : token.status();
  for (int attempt = 0; attempt < 3 && (told.ok() || told.error().kind == ErrorKind::Transient);
       ++attempt) {
    const auto committed = older.sink().commit("kafka 1 of no batch");
    told = committed.ok() ? older.sink().open() : committed.status();
  }
  REQUIRE_FALSE(told.ok());
  CHECK(told.error().kind == ErrorKind::Invalid);
  CHECK(told.error().what.find("another slotcast delivers") != std::string::npos);
  // The newer one does not notice.
  require_ok(newer.deliver(newer.add("by the newer again")));
  CHECK(topics.messages("one").size() == 3);
}

TEST_CASE("kafka sink: a transaction that the brokers give up is absent, and nobody stops",
          "[kafka][broker]") {
  KafkaTopics topics;
  // Brokers look for such transactions every 10 s; tests/support/kafka has them look more often.
  topics.options.transaction_timeout = std::chrono::seconds(5);
  Scene scene(topics);
  require_ok(scene.deliver(scene.add("first")));
  const Change& late = scene.add("late");
  require_ok(scene.write(late).status());
  const sink::Token token = scene.prepare();
  while (topics.unfinished() > 0) continue;
  auto outcome = scene.sink().commit(token);
  // The first answer may be that it is not known yet.
  if (!outcome.ok() && outcome.error().kind == ErrorKind::Transient) {
    outcome = scene.sink().commit(token);
  }
  require_ok(outcome.status());
  CHECK(outcome.value() == sink::Recovered::Absent);
  require_ok(scene.sink().open());
  require_ok(scene.sink().abort());
  require_ok(scene.deliver(late));
  CHECK(topics.messages("one").size() == 2);
}

TEST_CASE("kafka sink: a row that its topic does not take is refused, and the others are not",
          "[kafka][broker]") {
  KafkaTopics topics;
  topics.options.topics.config = {{"max.message.bytes", "20000"}};
  topics.options.compression = kafka::Compression::None;
  Scene scene(topics);
  const Change& small = scene.add("small");
  // The topic is met, and then batches are made to fit it.
  Status first = scene.deliver(small);
  for (int attempt = 0; attempt < 2 && !first.ok(); ++attempt) {
    REQUIRE(first.error().kind == ErrorKind::Transient);
    require_ok(scene.sink().open());
    require_ok(scene.sink().abort());
    first = scene.deliver(small);
  }
  require_ok(first);
  CHECK(scene.sink().judge() == nullptr);
  const Change& large = scene.add(std::string(30'000, 'x'));
  const auto refused = scene.write(large);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::Rejected);
  CHECK(refused.error().what.find("max.message.bytes") != std::string::npos);
  sink::Judge* const judge = scene.sink().judge();
  REQUIRE(judge != nullptr);
  const std::string none;
  CHECK(judge->refuse({&large, &none}).has_value());
  CHECK_FALSE(judge->refuse({&small, &none}).has_value());
  require_ok(scene.sink().abort());
  // Many that fit, which together do not, go in batches that do.
  for (int i = 0; i < 20; ++i) require_ok(scene.write(scene.add(std::string(9'000, 'y'))).status());
  const auto done = scene.sink().commit(scene.prepare());
  require_ok(done.status());
  CHECK(topics.messages("one").size() == 21);
}

TEST_CASE("kafka sink: who was cut off while another took over does not take the sink back",
          "[kafka][broker]") {
  KafkaTopics topics;
  Scene older(topics);
  require_ok(older.deliver(older.add("by the older")));
  require_ok(older.sink().close());
  {
    Scene newer(topics);
    fill_progress(topics);  // its name under the owner's key is far from the end now
    require_ok(newer.deliver(newer.add("by the newer")));
  }
  const Status opened = older.sink().open();
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().kind == ErrorKind::Invalid);
  CHECK(opened.error().what.find("another slotcast delivers") != std::string::npos);
  // Who resumes it takes the sink back, however often its producer is another.
  require_ok(older.sink().open());
  require_ok(older.sink().abort());
  require_ok(older.deliver(older.add("by the older again")));
  require_ok(older.sink().close());
  require_ok(older.sink().open());
  // Another that begins now is the newest.
  Scene newest(topics);
  require_ok(newest.deliver(newest.add("by the newest")));
}

TEST_CASE("kafka sink: progress is read past a transaction that hangs", "[kafka][broker]") {
  KafkaTopics topics;
  Scene scene(topics);
  require_ok(scene.deliver(scene.add("there")));
  const auto read = [&] {
    kafka::ProgressTopic progress(topics.options, topics.progress_topic(), "shop/" + topics.sink(),
                                  "test");
    return progress.read();
  };
  const auto before = read();
  require_ok(before.status());
  REQUIRE_FALSE(before.value().batch.empty());
  require_ok(scene.write(scene.add("in doubt")).status());
  scene.prepare();
  REQUIRE(topics.unfinished() > 0);
  const auto now = read();
  require_ok(now.status());
  CHECK(now.value().batch == before.value().batch);
  CHECK(now.value().owner == before.value().owner);
}

TEST_CASE("kafka sink: a row without the column that chooses its partition is refused, no other",
          "[kafka][broker]") {
  KafkaTopics topics;
  topics.options.partition = kafka::PartitionBy::Column;
  topics.options.partition_column = "x";
  Scene scene(topics);
  const Change& whole = scene.add("a");
  const Change& bare = scene.add(Operation::Delete, scene.relation(), {"1", kUnchanged});
  const Change& other = scene.add(Operation::Delete, scene.relation(), {"2", kUnchanged});
  require_ok(scene.write(whole).status());
  CHECK(scene.sink().judge() == nullptr);
  const auto refused = scene.write(bare);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::Rejected);
  CHECK(refused.error().what.find("did not send column x") != std::string::npos);
  require_ok(scene.sink().abort());
  sink::Judge* const judge = scene.sink().judge();
  REQUIRE(judge != nullptr);
  const std::string none;
  CHECK_FALSE(judge->refuse({&whole, &none}).has_value());
  CHECK(judge->refuse({&bare, &none}).has_value());
  CHECK(judge->refuse({&other, &none}).has_value());
}

TEST_CASE("kafka sink: no table shares a topic with what is said of transactions or of messages",
          "[kafka][broker]") {
  KafkaTopics topics;
  topics.options.topic = "{name}.{table}";
  topics.options.format.format = kafka::Format::Debezium;
  const Relation transaction =
      make_relation("s", "transaction", {{"id", TypeClass::Integer, true}});
  const Relation message = make_relation("s", "message", {{"id", TypeClass::Integer, true}});
  const auto said_of = [&](const Relation& relation) {
    Scene scene(topics);
    std::string said;
    for (int attempt = 0; attempt < 2; ++attempt) {  // and again when it is resumed
      const auto written = scene.write(scene.add(Operation::Create, relation, {"1"}));
      said = written.ok() ? "" : written.error().what;
      if (!written.ok()) CHECK(written.error().kind == ErrorKind::Invalid);
      require_ok(scene.sink().abort());
    }
    return said;
  };
  CHECK(said_of(transaction).empty());
  CHECK(said_of(message).empty());
  topics.options.format.transactions = true;
  topics.options.format.messages = {"*"};
  CHECK(said_of(transaction).find("table s.transaction would go to topic shop.transaction") == 0);
  CHECK(said_of(message).find("table s.message would go to topic shop.message") == 0);
}

TEST_CASE("kafka sink: an emptied progress topic is not taken for an absent batch",
          "[kafka][broker]") {
  KafkaTopics topics;
  sink::Token token;
  {
    Scene scene(topics);
    require_ok(scene.write(scene.add("one")).status());
    token = scene.prepare();
    require_ok(scene.sink().commit(token).status());
    require_ok(scene.sink().close());
  }
  topics.options.progress_topic = topics.sink() + "-another";
  for (int life = 0; life < 2; ++life) {
    Scene scene(topics);
    for (int resumed = 0; resumed < 2; ++resumed) {
      const auto recovered = scene.sink().recover(token);
      REQUIRE_FALSE(recovered.ok());
      CHECK(recovered.error().kind == ErrorKind::Invalid);
      CHECK(recovered.error().what.find(token) != std::string::npos);
      require_ok(scene.sink().close());
    }
  }
}

}  // namespace slotcast::test
