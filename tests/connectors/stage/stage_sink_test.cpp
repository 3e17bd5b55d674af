#include "connectors/stage/stage_sink.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "tests/support/allocations.h"
#include "tests/support/changes.h"
#include "tests/support/stage_disk.h"
#include "tests/support/temp_dir.h"

using namespace slotcast;
using sink::Token;
using test::Changes;
using test::make_relation;
using test::StageDisk;

namespace {

const Relation kOrders = make_relation("public", "orders", {{"id", TypeClass::Integer}});

// A constant is the worst randomness there is.
class NoRandom final : public Random {
 public:
  std::uint64_t next() override { return 4; }
};

void require_ok(const Status& status) {
  if (!status.ok()) FAIL(status.error().what);
}

std::unique_ptr<sink::Sink> opened(std::unique_ptr<sink::Sink> sink) {
  require_ok(sink->open());
  require_ok(sink->abort());
  return sink;
}

void write(sink::Sink& sink, const Changes& changes, const std::string& target = "") {
  std::vector<sink::Row> rows;
  for (const Change& change : changes.all()) rows.push_back({&change, &target});
  require_ok(sink.write(rows).status());
}

Token prepared(sink::Sink& sink) {
  const auto token = sink.prepare();
  require_ok(token.status());
  return token.value();
}

Changes rows_of(const Relation& relation, int count, const std::string& text = "1") {
  Changes changes;
  for (int i = 0; i < count; ++i) changes.add(Operation::Create, relation, {text});
  return changes;
}

}  // namespace

TEST_CASE("stage: keeps the contract of sinks", "[sink][stage]") {
  test::check_sink_contract([] { return std::make_unique<StageDisk>(); });
}

TEST_CASE("stage: a batch has one file for each target, named at one instant", "[stage]") {
  StageDisk far;
  SystemRandom random;
  const Relation other = make_relation("sales", "orders", {{"id"}});
  const auto sink = opened(far.connect("{sink}/{schema}.{table}/%T-%6N", "lake", random));
  write(*sink, rows_of(kOrders, 2));
  write(*sink, rows_of(other, 1));
  write(*sink, rows_of(kOrders, 1), "archive");
  write(*sink, rows_of(kOrders, 3));
  require_ok(sink->commit(prepared(*sink)).status());
  const auto files = far.files();
  REQUIRE(files.size() == 3);
  std::set<std::string> instants;
  for (const std::string& path : files) {
    instants.insert(path.substr(path.rfind('/') + 1, 8));
  }
  CHECK(instants.size() == 1);
  CHECK(files[0].starts_with("lake/public.archive/"));
  CHECK(files[1].starts_with("lake/public.orders/"));
  CHECK(files[2].starts_with("lake/sales.orders/"));
  const auto lines = [&](const std::string& path) {
    const std::string text = far.text(path);
    return std::count(text.begin(), text.end(), '\n');
  };
  CHECK(lines(files[0]) == 1);
  CHECK(lines(files[1]) == 5);
  CHECK(lines(files[2]) == 1);
}

TEST_CASE("stage: an existing file is never written over, at prepare nor at commit", "[stage]") {
  StageDisk far;
  NoRandom random;
  const auto sink = opened(far.connect("{table}-%6N", "lake", random));
  write(*sink, rows_of(kOrders, 1));
  const Token token = prepared(*sink);
  REQUIRE(far.disk().open("orders-444444", io::OpenMode::Create).ok());
  const auto refused = sink->commit(token);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::Invalid);
  CHECK(far.text("orders-444444").empty());
  CHECK(far.unfinished() == 1);
  // The operator moves it away: the batch is still whole.
  require_ok(far.disk().remove("orders-444444"));
  require_ok(sink->commit(token).status());
  CHECK(far.text("orders-444444").starts_with("{\"id\":1,"));

  write(*sink, rows_of(kOrders, 1));
  const auto taken = sink->prepare();
  REQUIRE_FALSE(taken.ok());
  CHECK(taken.error().kind == ErrorKind::Invalid);
  CHECK(taken.error().what.find("exists already") != std::string::npos);
}

TEST_CASE("stage: files that a loader has taken away count as delivered", "[stage]") {
  StageDisk far;
  auto sink = opened(far.connect());
  write(*sink, rows_of(kOrders, 1));
  const Token token = prepared(*sink);
  require_ok(sink->commit(token).status());
  require_ok(far.disk().remove(far.files().at(0)));
  require_ok(sink->commit(token).status());
  sink = far.connect();
  require_ok(sink->open());
  CHECK(sink->recover(token).value() == sink::Recovered::Done);
  CHECK(far.files().empty());
}

TEST_CASE("stage: another directory at the same place is not taken for the one of the batch",
          "[stage]") {
  StageDisk far;
  auto sink = opened(far.connect());
  write(*sink, rows_of(kOrders, 1));
  const Token token = prepared(*sink);
  sink.reset();
  // The file system is not mounted: the mount point itself is there, and empty.
  StageDisk mount_point;
  sink = mount_point.connect();
  require_ok(sink->open());
  const auto recovered = sink->recover(token);
  REQUIRE_FALSE(recovered.ok());
  CHECK(recovered.error().kind == ErrorKind::Invalid);
  CHECK(recovered.error().what.find("mount or restore") != std::string::npos);
  CHECK_FALSE(sink->commit(token).ok());
  // Mounted again.
  sink = far.connect();
  require_ok(sink->open());
  CHECK(sink->recover(token).value() == sink::Recovered::Done);
  CHECK(far.files().size() == 1);
}

TEST_CASE("stage: the manifest has each file once, also one that was taken away in between",
          "[stage]") {
  StageDisk far;
  auto sink = opened(far.connect());
  write(*sink, rows_of(kOrders, 3));
  const Token token = prepared(*sink);
  const std::string temporary = ".slotcast/shop-lake/";
  std::string name = token.substr(token.find('\n') + 1);
  const std::string final_path = name.substr(name.find('\t') + 1);
  name = name.substr(0, name.find('\t'));
  sink.reset();
  // The process had renamed the file when it was killed, and the loader was fast.
  require_ok(far.disk().remove(temporary + name));
  sink = far.connect();
  require_ok(sink->open());
  CHECK(sink->recover(token).value() == sink::Recovered::Done);
  const auto lines = far.manifest();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].file == final_path.substr(0, final_path.find('\t')));
  CHECK(lines[0].rows == 3);
  CHECK(lines[0].first_seq == 1);
  CHECK(lines[0].last_seq == 3);
  write(*sink, rows_of(kOrders, 2));
  require_ok(sink->commit(prepared(*sink)).status());
  CHECK(far.manifest().size() == 2);
  CHECK(far.manifest()[1].batch != lines[0].batch);
  CHECK(far.manifest_fits());
}

TEST_CASE("stage: rows with other columns go into another file, and each knows its own",
          "[stage]") {
  StageDisk far;
  const auto sink = opened(far.connect());
  Relation wider = make_relation("public", "orders", {{"id", TypeClass::Integer}, {"note"}});
  const Relation announced_again = make_relation("public", "orders", {{"id", TypeClass::Integer}});
  write(*sink, rows_of(kOrders, 1));
  Changes of_wider;
  of_wider.add(Operation::Create, wider, {"1", "x"});
  write(*sink, of_wider);
  write(*sink, rows_of(announced_again, 1));
  require_ok(sink->commit(prepared(*sink)).status());
  REQUIRE(far.manifest_fits());
  const auto lines = far.manifest();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].batch == lines[1].batch);
  CHECK(lines[0].schema_version != lines[1].schema_version);
  for (const auto& line : lines) {
    const std::string definition = far.text("_manifest/schemas/" + line.schema_version + ".json");
    CHECK(definition.starts_with("{\"version\":\"" + line.schema_version + "\","));
    CHECK((definition.find("\"note\"") != std::string::npos) == (line.rows == 1));
  }
}

TEST_CASE("stage: a table that changes its columns and back goes on behind what is there",
          "[stage]") {
  StageDisk far;
  const auto sink = opened(far.connect());
  const Relation narrow = make_relation("public", "orders", {{"id", TypeClass::Integer}});
  Relation wide = make_relation("public", "orders", {{"id", TypeClass::Integer}, {"x"}});
  wide.id = narrow.id;
  Relation back = make_relation("public", "orders", {{"id", TypeClass::Integer}});
  back.id = narrow.id;
  Changes changes;
  for (int i = 0; i < 3; ++i) changes.add(Operation::Create, narrow, {"1"});
  changes.add(Operation::Create, wide, {"1", "x"});
  changes.add(Operation::Create, back, {"1"});
  changes.add(Operation::Create, back, {"1"});
  write(*sink, changes);
  require_ok(sink->commit(prepared(*sink)).status());
  std::set<std::pair<std::uint64_t, std::uint64_t>> ranges;
  for (const test::ManifestLine& line : far.manifest()) {
    ranges.insert({line.first_seq, line.last_seq});
  }
  CHECK(ranges == std::set<std::pair<std::uint64_t, std::uint64_t>>{{1, 3}, {4, 4}, {5, 6}});
  CHECK(far.manifest_fits());

  // Two tables that take turns in one target have a file each.
  const Relation other = make_relation("public", "others", {{"id", TypeClass::Integer}, {"x"}});
  Changes turns;
  for (int i = 0; i < 10; ++i) {
    turns.add(Operation::Create, narrow, {"1"});
    turns.add(Operation::Create, other, {"1", "x"});
  }
  write(*sink, turns, "merged");
  require_ok(sink->commit(prepared(*sink)).status());
  CHECK(far.manifest().size() == 5);
}

TEST_CASE("stage: two sinks in one stage leave each other's files alone", "[stage]") {
  StageDisk far;
  SystemRandom random;
  const auto one = opened(far.connect("{sink}-%U", "one", random));
  write(*one, rows_of(kOrders, 1));
  const Token token = prepared(*one);
  const auto two = opened(far.connect("{sink}-%U", "two", random));
  write(*two, rows_of(kOrders, 1));
  require_ok(two->abort());
  require_ok(one->commit(token).status());
  CHECK(far.files().size() == 1);
}

TEST_CASE("stage: a full disk is worth trying again, and aborting makes room", "[stage]") {
  StageDisk far;
  const auto sink = opened(far.connect());
  const Changes big = rows_of(kOrders, 30, std::string(10'000, '7'));
  far.disk().inject_no_space(200'000);
  std::string target;
  std::vector<sink::Row> rows;
  for (const Change& change : big.all()) rows.push_back({&change, &target});
  const auto written = sink->write(rows);
  const Status failed = written.ok() ? sink->prepare().status() : written.status();
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().kind == ErrorKind::Transient);
  CHECK(far.files().empty());
  require_ok(sink->abort());
  CHECK(far.unfinished() == 0);
  far.disk().give_space();
  write(*sink, big);
  require_ok(sink->commit(prepared(*sink)).status());
  CHECK(far.visible()["orders"].size() == 30);
}

TEST_CASE("stage: a failed sync is final for the batch and nothing of it shows", "[stage]") {
  StageDisk far;
  const auto sink = opened(far.connect());
  write(*sink, rows_of(kOrders, 1));
  far.disk().fail_next_sync();
  const auto token = sink->prepare();
  REQUIRE_FALSE(token.ok());
  CHECK(token.error().kind == ErrorKind::Corrupt);
  CHECK(far.files().empty());
}

TEST_CASE("stage: a row that cannot be written is refused and the batch can be built again",
          "[stage]") {
  StageDisk far;
  const auto sink = opened(far.connect());
  const Relation text = make_relation("public", "orders", {{"x"}});
  Changes changes;
  changes.add(Operation::Create, text, {"fine"});
  changes.add(Operation::Create, text, {"\xff"});
  const std::string target;
  std::vector<sink::Row> rows;
  for (const Change& change : changes.all()) rows.push_back({&change, &target});
  const auto refused = sink->write(rows);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::Rejected);
  require_ok(sink->abort());
  rows.pop_back();
  require_ok(sink->write(rows).status());
  require_ok(sink->commit(prepared(*sink)).status());
  CHECK(far.visible()["orders"] == std::vector<std::uint64_t>{1});
}

TEST_CASE("stage: ten thousand tables fit in one batch, and few files are open at a time",
          "[stage]") {
  StageDisk far;
  const auto sink = opened(far.connect());
  std::vector<Relation> relations;
  for (int i = 0; i < 10'000; ++i) {
    relations.push_back(make_relation("s", "t" + std::to_string(i), {{"x"}}));
  }
  for (const Relation& relation : relations) write(*sink, rows_of(relation, 1, "small"));
  // Now some that must be written out before the end.
  const std::string large(150'000, 'x');
  for (int i = 0; i < 400; ++i) {
    write(*sink, rows_of(relations[static_cast<std::size_t>(i)], 1, large));
  }
  require_ok(sink->commit(prepared(*sink)).status());
  CHECK(far.accesses().open_files_most <= 129);
  CHECK(far.accesses().open_files == 0);
  CHECK(far.unfinished() == 0);
  const auto visible = far.visible();
  CHECK(visible.size() == 10'000);
  CHECK(visible.at("t0").size() == 2);
  CHECK(visible.at("t400").size() == 1);
}

TEST_CASE("stage: a file is written as it grows, not kept in memory", "[stage]") {
  StageDisk far;
  const auto sink = opened(far.connect());
  const Changes changes = rows_of(kOrders, 100, std::string(1000, '7'));
  for (int i = 1; i <= 50; ++i) {
    write(*sink, changes);
    std::uint64_t on_disk = 0;
    for (const std::string& path : far.disk().files()) on_disk += far.disk().bytes(path).size();
    CHECK(on_disk + 129 * 1024 >= static_cast<std::uint64_t>(i) * 100 * 1000);
  }
}

TEST_CASE("stage: once warm, rows of one table after the other ask for no memory", "[stage]") {
  StageDisk far;
  const auto sink = opened(far.connect());
  const Changes changes = rows_of(kOrders, 1);
  const std::string target = "a_target_with_a_name_that_is_not_short";
  const sink::Row row{&changes.all()[0], &target};
  for (int i = 0; i < 100; ++i) require_ok(sink->write({&row, 1}).status());
  const std::uint64_t before = test::allocations();
  bool all_ok = true;
  for (int i = 0; i < 100; ++i) all_ok &= sink->write({&row, 1}).ok();
  CHECK(test::allocations() - before <= 1);  // the buffer may double once
  CHECK(all_ok);
}

TEST_CASE("stage: on the real disk, the files are there and unfinished ones are not", "[stage]") {
  const test::TempDir directory;
  test::TickingClock clock;
  SystemRandom random;
  const sink::Environment environment{"shop", "lake", &clock, &random};
  stage::StageSink sink(
      std::make_unique<stage::DirectoryPlace>(directory.path(), environment, &io::open_directory),
      stage::Pattern::parse("a b/{table}/%U").value(), {}, environment);
  require_ok(sink.open());
  require_ok(sink.abort());
  write(sink, rows_of(make_relation("s", "../x/\u00e9", {{"id"}}), 2));
  const Token token = prepared(sink);
  CHECK_FALSE(std::filesystem::exists(directory.path() + "/a b"));
  require_ok(sink.commit(token).status());
  require_ok(sink.commit(token).status());
  std::size_t files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(directory.path() + "/a b/%2E.%2Fx%2F%C3%A9")) {
    CHECK(entry.file_size() > 100);
    ++files;
  }
  CHECK(files == 1);
  require_ok(sink.close());
}
