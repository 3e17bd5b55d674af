// Goal:   a stage's rows come in the order of the manifest, and within a batch in that of the
//         stream; a feed that starts anew at any place goes on with the next row.
// Method: stages written by hand, with their rows numbered in the order that they must come in.
#include "lib/replay/file_feed.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <random>

#include "lib/replay/manifest_watch.h"
#include "tests/support/changes.h"
#include "tests/support/recording_sink.h"
#include "tests/support/written_stage.h"

using namespace slotcast;
using namespace slotcast::test;
using replay::FileFeed;

namespace {

const Relation kOrders = make_relation("public", "orders", {{"id", TypeClass::Integer, true}});
const Relation kItems = make_relation("shop", "items", {{"id", TypeClass::Integer, true}, {"big"}});
std::string id(int number) {
  return "\"id\":" + std::to_string(number);
}

// What a feed gives from `from` on: each row's text, a line for each transaction.
struct Given {
  std::vector<std::string> transactions;
  std::vector<journal::Checkpoint> places;  // before each of them, and behind the last
  std::string error;
};

Given give(branch::Feed& feed, const journal::Checkpoint& from, Sequence written) {
  Given given;
  const Status started = feed.start(from);
  if (!started.ok()) return {{}, {}, started.error().what};
  given.places.push_back(feed.position());
  std::string open;
  while (true) {
    const auto slice = feed.next(written);
    if (!slice.ok()) {
      given.error = slice.error().what;
      return given;
    }
    if (!slice.value()) return given;
    for (const Change& change : slice.value()->changes) {
      std::string text = text_of(change);
      text.erase(text.find_last_not_of(' ') + 1);
      open += (open.empty() ? "" : "; ") + change.relation->table + " " + text;
    }
    if (!slice.value()->ends_transaction) continue;
    given.transactions.push_back(std::exchange(open, {}));
    given.places.push_back(feed.position());
  }
}

Given give_up_to(WrittenStage& stage, Sequence written) {
  FileFeed feed(stage.files(), WrittenStage::kManifest);
  return give(feed, {{1}, {}, {}}, written);
}

Given give_all(WrittenStage& stage) {
  return give_up_to(stage, stage.rows());
}

// Three batches: tables that take turns in one transaction, a batch set back, and one row.
void fill(WrittenStage& stage) {
  stage.add("o1", kOrders,
            {row_text(id(1), 'r', "0/10 1"), row_text(id(4), 'c', "0/20 2"),
             row_text(id(5), 'c', "0/30 1")},
            "0/10 1", "0/30 1");
  stage.add("i1", kItems,
            {row_text(id(2), 'r', "0/10 2"), row_text(id(3), 'c', "0/20 1"),
             row_text(id(6), 'c', "0/30 2")},
            "0/10 2", "0/30 2");
  stage.end_batch();
  stage.add("i2", kItems, {row_text(id(8), 'c', "0/30 2")}, "0/30 2", "0/30 2");
  stage.add("o2", kOrders, {row_text(id(7), 'c', "0/30 1"), row_text("", 't', "0/40 1")}, "0/30 1",
            "0/40 1");
  stage.end_batch();
  stage.add("o3", kOrders, {row_text(id(10), 'd', "0/40 2")}, "0/40 2", "0/40 2");
  stage.end_batch();
}

const std::vector<std::string> kFilled = {"orders r 0/10 1 1; items r 0/10 2 2",
                                          "items c 0/20 1 3; orders c 0/20 2 4",
                                          "orders c 0/30 1 5; items c 0/30 2 6",
                                          "orders c 0/30 1 7; items c 0/30 2 8",
                                          "orders t 0/40 1",
                                          "orders d 0/40 2 10"};

}  // namespace

TEST_CASE("file feed: files of a batch are merged, batches come one after the other", "[replay]") {
  WrittenStage stage;
  fill(stage);
  const Given given = give_all(stage);
  CHECK(given.error.empty());
  CHECK(given.transactions == kFilled);
  REQUIRE(given.places.size() == 7);
  CHECK(given.places[3].next == Sequence{7});
  CHECK(given.places[3].lsn == Lsn{0x30});
  CHECK(given.places[4].lsn == Lsn{0x30});
  CHECK(given.places[6].next == Sequence{11});
  CHECK(given.places[6].lsn == Lsn{0x40});
}

TEST_CASE("file feed: it goes on wherever it stood, and not beyond what is told", "[replay]") {
  WrittenStage stage;
  fill(stage);
  const Given all = give_all(stage);
  FileFeed feed(stage.files(), WrittenStage::kManifest);
  for (std::size_t at = 0; at < all.places.size(); ++at) {
    const Given rest = give(feed, all.places[at], stage.rows());
    CAPTURE(at, rest.error);
    CHECK(rest.transactions == std::vector(kFilled.begin() + static_cast<long>(at), kFilled.end()));
    // A batch that is built again ends where it ended: at any transaction.
    const Given part = give_up_to(stage, {all.places[at].next.value - 1});
    CHECK(part.error.empty());
    CHECK(part.transactions ==
          std::vector(kFilled.begin(), kFilled.begin() + static_cast<long>(at)));
  }
  CHECK(!give(feed, {{12}, {}, {}}, stage.rows()).error.empty());
}

TEST_CASE("file feed: many files with random rows come in one order", "[replay]") {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    WrittenStage stage;
    const int files = 1 + static_cast<int>(random() % 40);
    std::vector<std::vector<std::string>> rows(static_cast<std::size_t>(files));
    std::vector<std::pair<std::string, std::string>> ends(rows.size());
    std::vector<std::string> wanted;
    for (int number = 1; number <= 900; ++number) {
      const std::size_t file = random() % rows.size();
      char at[32];
      std::snprintf(at, sizeof at, "0/%X %d", 16 + number / 300, number);
      rows[file].push_back(row_text(id(number), 'c', at));
      if (ends[file].first.empty()) ends[file].first = at;
      ends[file].second = at;
    }
    for (std::size_t file = 0; file < rows.size(); ++file) {
      if (rows[file].empty()) continue;
      stage.add("f" + std::to_string(file), file % 2 == 0 ? kOrders : kItems, rows[file],
                ends[file].first, ends[file].second);
    }
    stage.end_batch();
    FileFeed feed(stage.files(), WrittenStage::kManifest);
    const journal::Checkpoint begin{{1 + random() % 900}, {}, {}};
    REQUIRE(feed.start(begin).ok());
    std::uint64_t next = begin.next.value;
    while (true) {
      const auto slice = feed.next(stage.rows());
      REQUIRE(slice.ok());
      if (!slice.value()) break;
      CHECK(slice.value()->changes.size() <= 256);
      for (const Change& change : slice.value()->changes) {
        REQUIRE(change.row[0].text() == std::to_string(next++));
      }
      const bool is_last = next > 900 || next % 300 == 0;
      CHECK(slice.value()->ends_transaction == is_last);
    }
    CHECK(next == 901);
  }
}

TEST_CASE("file feed: letters that were sent again keep their file's order", "[replay]") {
  WrittenStage stage;
  stage.add("o1", kOrders,
            {row_text(id(3), 'c', "0/50 1"), row_text(id(1), 'c', "0/10 1"),
             row_text(id(4), 'c', "0/60 1")},
            "0/10 1", "0/60 1");
  stage.add("i1", kItems, {row_text(id(2), 'c', "0/20 1")}, "0/20 1", "0/20 1");
  stage.end_batch();
  CHECK(give_all(stage).transactions ==
        std::vector<std::string>{"items c 0/20 1 2", "orders c 0/50 1 3", "orders c 0/10 1 1",
                                 "orders c 0/60 1 4"});
}

TEST_CASE("file feed: a changed key that leaves out a value has the row before", "[replay]") {
  WrittenStage stage;
  std::vector<std::string> rows;
  for (int i = 0; i < 300; ++i) {
    const std::string seq = std::to_string(2 * i + 1), more = std::to_string(2 * i + 2);
    rows.push_back(row_text(id(i), 'd', "0/10 " + seq));
    rows.push_back(row_text(id(i + 1000), 'c', "0/10 " + more));
  }
  rows.push_back(row_text(id(5) + ",\"big\":\"whole\"", 'c', "0/10 601"));
  stage.add("i1", kItems, rows, "0/10 1", "0/10 601");
  stage.end_batch();
  FileFeed feed(stage.files(), WrittenStage::kManifest);
  REQUIRE(feed.start({{1}, {}, {}}).ok());
  int seen = 0;
  while (true) {
    const auto slice = feed.next(stage.rows());
    REQUIRE(slice.ok());
    if (!slice.value()) break;
    for (const Change& change : slice.value()->changes) {
      const bool is_pair = change.operation == Operation::Create && ++seen <= 300;
      REQUIRE(change.old.empty() == !is_pair);
      if (is_pair) REQUIRE(change.old[0].text() == std::to_string(seen - 1));
    }
  }
  CHECK(seen == 301);
}

TEST_CASE("manifest: only whole batches are told of, each once, while it grows", "[replay]") {
  WrittenStage whole;
  fill(whole);
  const std::string text = whole.get(whole.manifest());
  const auto nothing = [] { return Status(); };
  // A batch counts from the last byte of its last line on.
  std::vector<std::pair<std::size_t, std::uint64_t>> ends = {{0, 0}};
  std::size_t at = 0;
  for (const auto& [lines, rows] : {std::pair(2, 6), {2, 9}, {1, 10}}) {
    for (int i = 0; i < lines; ++i) at = text.find('\n', at) + 1;
    ends.emplace_back(at, rows);
  }
  WrittenStage growing;
  replay::ManifestWatch watch(growing.files(), WrittenStage::kManifest);
  std::uint64_t told = 0;
  for (std::size_t size = 0; size <= text.size(); ++size) {
    growing.put(growing.manifest(), text.substr(0, size));
    const Status looked = watch.look(
        [&](const replay::Batch& batch, std::uint64_t before) {
          CHECK(before == told);
          told += batch.rows;
          return Status();
        },
        nothing);
    REQUIRE(looked.ok());
    std::uint64_t wanted = 0;
    for (const auto& [end, rows] : ends) wanted = size >= end ? rows : wanted;
    REQUIRE(watch.tail().durable().record.value == wanted);
    REQUIRE(told == wanted);
    CHECK(watch.has_rest() == (size != ends[0].first && size != ends[1].first &&
                               size != ends[2].first && size != ends[3].first));
  }
  CHECK(watch.tail().durable().lsn == Lsn{0x40});
  CHECK(watch.totals().files == 5);
}

TEST_CASE("manifest: half a line that is cut off and written anew is read as it is then",
          "[replay]") {
  WrittenStage stage;
  fill(stage);
  const std::string text = stage.get(stage.manifest());
  replay::ManifestReader reader(stage.files(), WrittenStage::kManifest);
  const std::size_t first_batch = text.find('\n', text.find('\n') + 1) + 1;
  stage.put(stage.manifest(), text.substr(0, first_batch) + "{\"file\":\"never\",\"sch");
  REQUIRE(reader.next().value()->rows == 6);
  REQUIRE(!reader.next().value());
  CHECK(reader.has_rest());
  stage.put(stage.manifest(), text);
  REQUIRE(reader.next().value()->rows == 3);
  REQUIRE(reader.next().value()->rows == 1);
  REQUIRE(!reader.next().value());
  CHECK(reader.place().lines == 5);
}

TEST_CASE("manifest: only its beginning may lack lines of a batch", "[replay]") {
  WrittenStage stage;
  for (int batch = 0; batch < 3; ++batch) {
    const std::string name = std::to_string(batch);
    stage.add("o" + name, kOrders, {row_text(id(1), 'c', "0/10 1")}, "0/10 1", "0/10 1");
    stage.add("i" + name, kItems, {row_text(id(1), 'c', "0/10 2")}, "0/10 2", "0/10 2");
    stage.end_batch();
  }
  const std::string text = stage.get(stage.manifest());
  const auto begin_of = [&](int line) {
    std::size_t at = 0;
    for (; line > 0; --line) at = text.find('\n', at) + 1;
    return at;
  };
  stage.put(stage.manifest(), text.substr(begin_of(1)));
  CHECK(replay::ManifestReader(stage.files(), WrittenStage::kManifest).next().value()->rows == 1);
  stage.put(stage.manifest(), text.substr(0, begin_of(2)) + text.substr(begin_of(3)));
  replay::ManifestReader reader(stage.files(), WrittenStage::kManifest);
  REQUIRE(reader.next().ok());
  const auto refused = reader.next();
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::Corrupt);
  CHECK(refused.error().what.find("line 4: before it 1 of 2 lines of batch") != std::string::npos);
}

TEST_CASE("manifest: another file in its place is not read on", "[replay]") {
  WrittenStage stage;
  fill(stage);
  const std::string text = stage.get(stage.manifest());
  std::string changed = text;
  changed[changed.size() - 4] ^= 1;
  for (const std::string& other : {std::string(), text.substr(0, text.size() / 2),
                                   std::string(2 * text.size(), '\n'), changed, changed + text}) {
    stage.put(stage.manifest(), text);
    replay::ManifestReader reader(stage.files(), WrittenStage::kManifest);
    while (reader.next().value()) {
    }
    stage.put(stage.manifest(), other);
    const auto refused = reader.next();
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == ErrorKind::Invalid);
    CHECK(refused.error().what.find("is not the one whose 5 lines were read") != std::string::npos);
    stage.put(stage.manifest(), text);
    CHECK(reader.next().ok());
  }
}

TEST_CASE("file feed: a changed key of a table with two targets has its row before in each",
          "[replay]") {
  const Relation other = make_relation("shop", "kept", {{"id", TypeClass::Integer, true}, {"big"}});
  WrittenStage stage;
  const std::vector<std::string> pair = {row_text(R"("id":1,"big":"long")", 'd', "0/10 1"),
                                         row_text(id(2), 'c', "0/10 2")};
  stage.add("a", kItems, pair, "0/10 1", "0/10 2");
  stage.add("b", other, pair, "0/10 1", "0/10 2");
  stage.end_batch();
  FileFeed feed(stage.files(), WrittenStage::kManifest);
  REQUIRE(feed.start({{1}, {}, {}}).ok());
  const auto slice = feed.next(stage.rows());
  REQUIRE(slice.ok());
  REQUIRE(slice.value().has_value());
  std::size_t creates = 0;
  for (const Change& change : slice.value()->changes) {
    if (change.operation != Operation::Create) continue;
    ++creates;
    REQUIRE(change.old.size() == 2);
    CHECK(change.old[1].text() == "long");
  }
  CHECK(creates == 2);
}
