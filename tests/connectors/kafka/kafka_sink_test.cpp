// Goal: batches are transactions of Kafka, each row once whatever is lost in between.
// Method: the contract of all sinks, against Apache's own broker, read by kcat; then what is
// Kafka's alone.

#include "connectors/kafka/kafka_sink.h"

#include <catch2/catch.hpp>

#include "tests/support/changes.h"
#include "tests/support/kafka_topics.h"

namespace slotcast::test {
namespace {

void require_ok(const Status& status) {
  if (!status.ok()) FAIL(status.error().what);
}

// Rows of one table, "one", of one transaction unless another is begun.
class Scene {
 public:
  explicit Scene(KafkaTopics& topics) : sink_(topics.connect()) {
    require_ok(sink_->open());
    require_ok(sink_->abort());
  }
  sink::Sink& sink() { return *sink_; }
  const Change& add(const std::string& text) {
    return changes_.add(Operation::Create, relation_, {std::to_string(++rows_), text});
  }
  void begin_transaction() {
    lsn_.value += 0x100;
    changes_.begin_transaction(lsn_, {});
  }
  Result<std::uint64_t> write(const Change& change) {
    const sink::Row row{&change, &none_};
    return sink_->write({&row, 1});
  }
  sink::Token prepare() {
    auto token = sink_->prepare();
    require_ok(token.status());
    return token.value();
  }
  Status deliver(const Change& change) {
    TRY(write(change).status());
    TRY_ASSIGN(const sink::Token token, sink_->prepare());
    TRY_ASSIGN(const sink::Recovered done, sink_->commit(token));
    return done == sink::Recovered::Done ? Status() : Status(transient("absent"));
  }

 private:
  const Relation relation_ = make_relation("s", "one", {{"id", TypeClass::Integer, true}, {"x"}});
  const std::string none_;
  std::uint64_t rows_ = 0;
  Lsn lsn_{0x2000000};
  Changes changes_;
  std::unique_ptr<sink::Sink> sink_;
};

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
  while (topics.unfinished() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(100));
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

TEST_CASE("kafka sink: parts of a large transaction are not sent again", "[kafka][broker]") {
  KafkaTopics topics;
  topics.options.transaction_bytes_max = 1 << 20;
  const std::string large(300'000, 'z');
  std::vector<std::string> texts;
  auto scene = std::make_unique<Scene>(topics);
  // Killed after each number of rows; the next process gets the same rows from the start.
  for (const int rows : {5, 9, 3, 11}) {
    for (int i = 0; i < rows; ++i) require_ok(scene->write(scene->add(large)).status());
    scene = std::make_unique<Scene>(topics);
  }
  for (int i = 0; i < 12; ++i) require_ok(scene->write(scene->add(large)).status());
  const auto done = scene->sink().commit(scene->prepare());
  require_ok(done.status());
  std::string offsets;
  for (const KafkaMessage& each : topics.messages("one")) {
    offsets += " " + std::to_string(each.offset);
  }
  INFO("offsets" << offsets);
  CHECK(topics.visible()["one"] ==
        std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
}

TEST_CASE("kafka sink: only a transaction that is itself too large is split", "[kafka][broker]") {
  KafkaTopics topics;
  topics.options.transaction_bytes_max = 1 << 20;
  const std::string large(300'000, 'z');
  Scene scene(topics);
  for (int i = 0; i < 9; ++i) {
    if (i % 3 == 0) scene.begin_transaction();
    require_ok(scene.write(scene.add(large)).status());
  }
  CHECK(topics.visible()["one"].empty());
  require_ok(scene.write(scene.add(large)).status());  // the third one's fourth
  CHECK(topics.visible()["one"].size() == 10);
  require_ok(scene.sink().commit(scene.prepare()).status());
  CHECK(topics.visible()["one"].size() == 10);
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
  Scene scene(topics);
  const auto recovered = scene.sink().recover(token);
  REQUIRE_FALSE(recovered.ok());
  CHECK(recovered.error().kind == ErrorKind::Invalid);
  CHECK(recovered.error().what.find(token) != std::string::npos);
}

}  // namespace slotcast::test
