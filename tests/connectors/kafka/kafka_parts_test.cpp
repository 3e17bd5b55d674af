// Goal: what is too large, or takes too long, for one transaction of Kafka's is committed in parts,
// each row once whatever is lost in between.
// Method: Apache's own broker, read by kcat; a sink that is destroyed is a process that was killed,
// and the next one gets the same rows.

#include "tests/support/kafka_sink_scene.h"

namespace slotcast::test {
namespace {

using Scene = KafkaSinkScene;
using Ordinals = std::vector<std::uint64_t>;

constexpr auto kTimeout = std::chrono::seconds(20);

// "BEGIN 0/2000100" of each message about transactions, in order.
std::vector<std::string> boundaries_in(const KafkaTopics& topics) {
  std::vector<std::string> found;
  for (const KafkaMessage& message : topics.read("shop.transaction")) {
    const std::string& text = message.value.value();
    const std::string id = message.key.value();
    found.push_back(text.find("BEGIN") != text.npos ? "BEGIN" : "END");
    found.back() += " " + id.substr(id.rfind(':') + 1, id.rfind('"') - id.rfind(':') - 1);
  }
  return found;
}

}  // namespace

TEST_CASE("kafka parts: those of a large transaction are not sent again", "[kafka][broker]") {
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

TEST_CASE("kafka parts: only a transaction that is itself too large is split", "[kafka][broker]") {
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

TEST_CASE("kafka parts: dead letters are none of the rows that are there already",
          "[kafka][broker]") {
  KafkaTopics topics;
  topics.options.transaction_bytes_max = 1 << 20;
  const std::string large(300'000, 'z');
  auto scene = std::make_unique<Scene>(topics);
  const auto start_anew = [&] {
    scene = std::make_unique<Scene>(topics);
    return &scene->add("a letter of an earlier transaction");
  };
  const auto write_large = [&](int rows) {
    scene->begin_transaction();
    for (int i = 0; i < rows; ++i) require_ok(scene->write(scene->add(large)).status());
  };
  start_anew();
  write_large(6);  // four of them are a part
  const Change* letter = start_anew();
  // Large letters are no place to split either.
  scene->sink().begin_letters();
  for (int i = 0; i < 5; ++i) require_ok(scene->write(*letter).status());
  scene->commit();
  CHECK(topics.visible()["one"] == Ordinals{1, 2, 3, 4, 1, 1, 1, 1, 1});
  SECTION("the same process goes on") {
    write_large(6);
  }
  SECTION("another goes on") {
    start_anew();
    write_large(6);
  }
  scene->commit();
  CHECK(topics.visible()["one"] == Ordinals{1, 2, 3, 4, 1, 1, 1, 1, 1, 5, 6});
}

TEST_CASE("kafka parts: an old batch is split between transactions, not inside a short one",
          "[kafka][broker]") {
  KafkaTopics topics;
  ManualClock clock;
  topics.clock = &clock;
  topics.options.transaction_timeout = kTimeout;
  Scene scene(topics);
  const auto write = [&] { require_ok(scene.write(scene.add("x")).status()); };
  write();
  clock.advance(kTimeout / 4);
  for (int i = 0; i < 40; ++i) write();  // long enough that the clock is looked at
  CHECK(topics.visible()["one"].empty());
  scene.begin_transaction();
  write();
  CHECK(topics.visible()["one"].size() == 41);
  scene.begin_transaction();
  for (int i = 0; i < 40; ++i) write();
  CHECK(topics.visible()["one"].size() == 41);
  // One that takes so long itself is split where it stands.
  clock.advance(kTimeout / 2);
  for (int i = 0; i < 16; ++i) write();
  CHECK(topics.visible()["one"].size() > 41 + 1 + 40);
  scene.commit();
  CHECK(topics.visible()["one"].size() == 41 + 1 + 40 + 16);
}

namespace {

// Topics whose sink refuses some rows or takes all, as if their limits were changed: one that goes
// by a column has no partition for a row of which the server did not send it.
struct ChangingTopics : KafkaTopics {
  ChangingTopics() {
    options.transaction_bytes_max = 1 << 20;
    options.partition_column = "x";
    refuse_some(true);
  }
  void refuse_some(bool does) {
    options.partition = does ? kafka::PartitionBy::Column : kafka::PartitionBy::Single;
  }
};

const Change* refused_row(Scene& scene) {
  return &scene.add(Operation::Delete, scene.relation(), {"7", kUnchanged});
}

const Change* large_row(Scene& scene) {
  return &scene.add(std::string(300'000, 'z'));
}

// Two of a later transaction: the next scene is of a sink that was set back.
void deliver_later_rows(KafkaTopics& topics) {
  Scene scene(topics);
  scene.begin_transaction();
  for (int i = 0; i < 2; ++i) require_ok(scene.write(*large_row(scene)).status());
  scene.commit();
}

// Four large ones are a part. The second of all may be refused.
std::vector<const Change*> seven_rows(Scene& scene) {
  std::vector<const Change*> rows{large_row(scene), refused_row(scene)};
  for (int i = 0; i < 5; ++i) rows.push_back(large_row(scene));
  return rows;
}

// As the branch does: what the judge refuses is left out; what the sink refuses it is asked for
// again, with all the others. Returns what was left out.
Ordinals write_as_branch(Scene& scene, const std::vector<const Change*>& rows) {
  const std::string none;
  Ordinals left_out;
  std::vector<const Change*> taken;
  sink::Judge* const judge = scene.sink().judge();
  for (const Change* row : rows) {
    const bool is_refused = judge != nullptr && judge->refuse({row, &none});
    if (is_refused) left_out.push_back(row->id.ordinal);
    if (!is_refused) taken.push_back(row);
  }
  for (const Change* row : taken) {
    const auto written = scene.write(*row);
    if (written.ok()) continue;
    REQUIRE(written.error().kind == ErrorKind::Rejected);
    REQUIRE(judge == nullptr);
    require_ok(scene.sink().abort());
    return write_as_branch(scene, rows);
  }
  return left_out;
}

}  // namespace

TEST_CASE("kafka parts: a row goes as it went, whatever topics take when it comes again",
          "[kafka][broker]") {
  const auto [before, after] = GENERATE(table<bool, bool>(
      {{true, true}, {true, false}, {false, true}}));  // whether the second row is refused
  CAPTURE(before, after);
  ChangingTopics topics;
  for (int life = 0; life < 2; ++life) {
    topics.refuse_some(life == 0 ? before : after);
    Scene scene(topics);
    CHECK(write_as_branch(scene, seven_rows(scene)) == (before ? Ordinals{2} : Ordinals{}));
    if (life == 1) scene.commit();
  }
  CHECK(topics.visible()["one"] ==
        (before ? Ordinals{1, 3, 4, 5, 6, 7} : Ordinals{1, 2, 3, 4, 5, 6, 7}));
}

TEST_CASE("kafka parts: what was left out behind the end of a batch stays so", "[kafka][broker]") {
  ChangingTopics topics;
  {
    Scene scene(topics);
    CHECK(write_as_branch(scene, seven_rows(scene)) == Ordinals{2});
  }
  topics.refuse_some(false);
  {
    Scene scene(topics);  // the part begins before the end of this batch, and ends behind it
    CHECK(write_as_branch(scene, {seven_rows(scene).front()}).empty());
    scene.commit();
  }
  for (int life = 0; life < 2; ++life) {
    Scene scene(topics);
    auto rows = seven_rows(scene);
    rows.erase(rows.begin());
    CHECK(write_as_branch(scene, rows) == Ordinals{2});
    if (life == 1) scene.commit();
  }
  CHECK(topics.visible()["one"] == Ordinals{1, 3, 4, 5, 6, 7});
}

TEST_CASE("kafka parts: a dead letter goes by what its topic takes now", "[kafka][broker]") {
  ChangingTopics topics;
  std::string none;
  {
    Scene scene(topics);
    CHECK(write_as_branch(scene, seven_rows(scene)) == Ordinals{2});
  }
  topics.refuse_some(false);
  Scene scene(topics);
  const auto rows = seven_rows(scene);
  scene.sink().begin_letters();
  sink::Judge* const judge = scene.sink().judge();
  REQUIRE(judge != nullptr);
  CHECK_FALSE(judge->refuse({rows[1], &none}));
  require_ok(scene.write(*rows[1]).status());
  scene.commit();
  CHECK(write_as_branch(scene, rows) == Ordinals{2});
  scene.commit();
  CHECK(topics.visible()["one"] == Ordinals{1, 3, 4, 5, 2, 6, 7});
}

TEST_CASE("kafka parts: a row that is refused does not tell of another place", "[kafka][broker]") {
  constexpr std::uint64_t kRefused = 1200;  // more than a record can name
  ChangingTopics topics;
  deliver_later_rows(topics);
  for (int life = 0; life < 2; ++life) {
    Scene scene(topics);  // set back, and its first rows are refused
    std::vector<const Change*> rows;
    for (std::uint64_t i = 0; i < kRefused; ++i) rows.push_back(refused_row(scene));
    for (int i = 0; i < 5; ++i) rows.push_back(large_row(scene));
    CHECK(write_as_branch(scene, rows).size() == kRefused);
    if (life == 1) scene.commit();
  }
  Ordinals wanted{1, 2};
  for (std::uint64_t i = 1; i <= 5; ++i) wanted.push_back(i + kRefused);
  CHECK(topics.visible()["one"] == wanted);
}

TEST_CASE("kafka parts: what is left of one is of no use elsewhere", "[kafka][broker]") {
  KafkaTopics topics;
  topics.options.transaction_bytes_max = 1 << 20;
  const auto write = [](Scene& scene, int rows) {
    for (int i = 0; i < rows; ++i) require_ok(scene.write(*large_row(scene)).status());
  };
  {
    Scene scene(topics);
    write(scene, 6);  // four of them are a part
  }
  {
    Scene scene(topics);
    write(scene, 1);
    scene.commit();  // what is left are three
  }
  Scene scene(topics);
  const bool is_back = GENERATE(true, false);
  if (!is_back) scene.begin_transaction();
  write(scene, 2);
  scene.commit();
  CHECK(topics.visible()["one"] == Ordinals{1, 2, 3, 4, 1, 2});
}

TEST_CASE("kafka parts: a row behind the part goes by what its topic takes now",
          "[kafka][broker]") {
  ChangingTopics topics;
  for (int life = 0; life < 2; ++life) {
    topics.refuse_some(life == 0);
    Scene scene(topics);
    std::vector<const Change*> rows{refused_row(scene)};
    for (int i = 0; i < 4; ++i) rows.push_back(large_row(scene));
    rows.push_back(refused_row(scene));
    CHECK(write_as_branch(scene, rows) == (life == 0 ? Ordinals{1, 6} : Ordinals{1}));
    if (life == 1) scene.commit();
  }
  CHECK(topics.visible()["one"] == Ordinals{2, 3, 4, 5, 6});
}

TEST_CASE("kafka parts: more rows than a record can name are refused anew", "[kafka][broker]") {
  constexpr std::uint64_t kRefused = 1200;
  const bool are_refused = GENERATE(true, false);
  CAPTURE(are_refused);
  ChangingTopics topics;
  for (int life = 0; life < 2; ++life) {
    topics.refuse_some(life == 0 || are_refused);
    Scene scene(topics);
    std::vector<const Change*> rows{large_row(scene)};
    for (std::uint64_t i = 0; i < kRefused; ++i) rows.push_back(refused_row(scene));
    for (int i = 0; i < 4; ++i) rows.push_back(large_row(scene));
    if (life == 0 || are_refused) {
      CHECK(write_as_branch(scene, rows).size() == kRefused);
      if (life == 1) scene.commit();
      continue;
    }
    // None of those that are taken now may be missing.
    for (const std::size_t row : {0u, 1u, 2u}) require_ok(scene.write(*rows[row]).status());
    const auto stopped = scene.write(*rows[3]);
    REQUIRE_FALSE(stopped.ok());
    CHECK(stopped.error().kind == ErrorKind::Invalid);
  }
  Ordinals wanted{1};
  for (std::uint64_t i = 2; i <= (are_refused ? 5 : 4); ++i) wanted.push_back(i + kRefused);
  CHECK(topics.visible()["one"] == wanted);
}

TEST_CASE("kafka parts: a change that goes to two targets is two rows", "[kafka][broker]") {
  KafkaTopics topics;
  topics.options.transaction_bytes_max = 1 << 20;
  const std::string large(300'000, 'z');
  for (int life = 0; life < 2; ++life) {
    Scene scene(topics);
    for (int i = 0; i < 5; ++i) {
      const Change& change = scene.add(large);
      // Four rows are a part.
      for (int target = 0; target < 2; ++target) require_ok(scene.write(change).status());
    }
    if (life == 1) scene.commit();
  }
  CHECK(topics.visible()["one"] == Ordinals{1, 1, 2, 2, 3, 3, 4, 4, 5, 5});
}

TEST_CASE("kafka parts: one of a sink that was set back is kept as any other", "[kafka][broker]") {
  ChangingTopics topics;
  deliver_later_rows(topics);
  for (int life = 0; life < 2; ++life) {
    topics.refuse_some(life == 0);
    Scene scene(topics);  // before the last batch
    CHECK(write_as_branch(scene, seven_rows(scene)) == Ordinals{2});
    if (life == 1) scene.commit();
  }
  CHECK(topics.visible()["one"] == Ordinals{1, 2, 1, 3, 4, 5, 6, 7});
}

TEST_CASE("kafka parts: a sink that is set elsewhere gets the rows from there", "[kafka][broker]") {
  KafkaTopics topics;
  topics.options.transaction_bytes_max = 1 << 20;
  const std::string large(300'000, 'z');
  const auto write = [&](Scene& scene, int rows) {
    for (int i = 0; i < rows; ++i) require_ok(scene.write(scene.add(large)).status());
  };
  const bool is_back = GENERATE(true, false);
  {
    Scene scene(topics);
    write(scene, 2);
    scene.commit();
    scene.begin_transaction();
    write(scene, 6);  // four of them are a part
  }
  Scene scene(topics);
  if (is_back) {
    write(scene, 2);  // the first transaction once more
  } else {
    scene.begin_transaction();
    scene.begin_transaction();
    write(scene, 2);
  }
  scene.commit();
  CHECK(topics.visible()["one"] == Ordinals{1, 2, 1, 2, 3, 4, 1, 2});
}

TEST_CASE("kafka parts: where a transaction ends is said once", "[kafka][broker]") {
  KafkaTopics topics;
  ManualClock clock;
  topics.clock = &clock;
  topics.options.transaction_timeout = kTimeout;
  topics.options.format.format = kafka::Format::Debezium;
  topics.options.format.transactions = true;
  const auto before = boundaries_in(topics).size();
  auto scene = std::make_unique<Scene>(topics);
  const auto write_transactions = [&](int count) {
    for (int i = 0; i < count; ++i) {
      scene->begin_transaction();
      require_ok(scene->write(scene->add("x")).status());
      clock.advance(kTimeout / 4);
    }
  };
  write_transactions(4);  // the first three are in parts: the third one's end is not
  for (const int rows : {1, 3, 2}) {
    scene = std::make_unique<Scene>(topics);
    write_transactions(rows);
  }
  // Built again with batches that end elsewhere.
  scene = std::make_unique<Scene>(topics);
  write_transactions(2);
  scene->commit();
  write_transactions(2);
  scene->commit();
  auto said = boundaries_in(topics);
  said.erase(said.begin(), said.begin() + static_cast<std::ptrdiff_t>(before));
  std::vector<std::string> wanted;
  for (std::uint64_t lsn = 0x2000100; lsn <= 0x2000400; lsn += 0x100) {
    wanted.push_back("BEGIN " + std::to_string(lsn));
    wanted.push_back("END " + std::to_string(lsn));
  }
  CHECK(said == wanted);
}

}  // namespace slotcast::test
