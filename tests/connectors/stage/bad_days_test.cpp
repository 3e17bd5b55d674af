// Goal: what happens to a stage from outside loses no row, shows none twice, and leaves nothing.
// Method: the sink on a real file system, as a user that permissions hold for; between its calls
//         somebody removes directories or takes rights away.
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "tests/support/changes.h"
#include "tests/support/stage_disk.h"
#include "tests/support/temp_dir.h"

using namespace slotcast;
namespace fs = std::filesystem;

namespace {

constexpr uid_t kNobody = 65534;

class Scene {
 public:
  Scene() {
    fs::create_directories(stage());
    REQUIRE(::chmod(directory_.path().c_str(), 0755) == 0);
    if (::geteuid() != 0) return;
    REQUIRE(::chown(stage().c_str(), kNobody, kNobody) == 0);
    REQUIRE(::seteuid(kNobody) == 0);
    is_other_user_ = true;
  }
  ~Scene() {
    if (is_other_user_ && ::seteuid(0) != 0) std::abort();
  }
  std::string stage() const { return directory_.path() + "/stage"; }

  std::unique_ptr<sink::Sink> connect(const std::string& pattern = "{table}/%U.jsonl") {
    const sink::Environment environment{"shop", "lake", &clock_, &random_};
    stage::Options options;
    options.pattern = pattern;
    return std::make_unique<stage::StageSink>(
        std::make_unique<stage::DirectoryPlace>(stage(), environment, &io::open_directory),
        stage::pattern_of(options).value(), options, environment);
  }
  Status write(sink::Sink& sink) {
    const sink::Row row{&changes_.all()[0], &no_name_};
    return sink.write({&row, 1}).status();
  }

  std::size_t files_in(const std::string& path) const {
    std::size_t count = 0;
    if (!fs::exists(stage() + "/" + path)) return 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(stage() + "/" + path)) ++count;
    return count;
  }
  std::size_t manifest_lines() const {
    std::ifstream manifest(stage() + "/_manifest/shop-lake.jsonl");
    std::size_t count = 0;
    for (std::string line; std::getline(manifest, line);) ++count;
    return count;
  }

 private:
  test::TempDir directory_;
  test::TickingClock clock_;
  SystemRandom random_;
  const Relation relation_ = test::make_relation("s", "t", {{"x"}});
  const std::string no_name_;
  test::Changes changes_ = [this] {
    test::Changes changes;
    changes.add(Operation::Create, relation_, {std::string(200'000, 'x')});
    return changes;
  }();
  bool is_other_user_ = false;
};

void require_ok(const Status& status) {
  if (!status.ok()) FAIL(status.error().what);
}

ErrorKind kind_of(const Status& status) {
  REQUIRE_FALSE(status.ok());
  return status.error().kind;
}

// As the branch does after an error that had stopped it.
void start_again(sink::Sink& sink) {
  sink.close().ok();
  require_ok(sink.open());
  require_ok(sink.abort());
}

}  // namespace

TEST_CASE("bad days: rights that are lost stop the batch, and it goes on where they are back",
          "[stage]") {
  Scene scene;
  const auto sink = scene.connect();
  start_again(*sink);
  require_ok(scene.write(*sink));
  const auto token = sink->prepare();
  require_ok(token.status());
  REQUIRE(::chmod(scene.stage().c_str(), 0500) == 0);
  CHECK(kind_of(sink->commit(token.value()).status()) == ErrorKind::Invalid);
  CHECK(scene.files_in("t") == 0);
  REQUIRE(::chmod(scene.stage().c_str(), 0700) == 0);
  require_ok(sink->commit(token.value()).status());
  CHECK(scene.files_in("t") == 1);
  // The directory of the table: the file cannot come there.
  require_ok(scene.write(*sink));
  const auto second = sink->prepare();
  require_ok(second.status());
  REQUIRE(::chmod((scene.stage() + "/t").c_str(), 0500) == 0);
  CHECK(kind_of(sink->commit(second.value()).status()) == ErrorKind::Invalid);
  CHECK(scene.manifest_lines() == 1);
  REQUIRE(::chmod((scene.stage() + "/t").c_str(), 0700) == 0);
  sink->close().ok();
  require_ok(sink->open());
  CHECK(sink->recover(second.value()).value() == sink::Recovered::Done);
  CHECK(scene.files_in("t") == 2);
  CHECK(scene.manifest_lines() == 2);
}

TEST_CASE("bad days: a stage that is removed under a batch takes no row with it", "[stage]") {
  Scene scene;
  const auto sink = scene.connect();
  start_again(*sink);
  require_ok(scene.write(*sink));
  fs::remove_all(scene.stage() + "/.slotcast");
  // Built again: nothing was promised yet.
  CHECK_FALSE(sink->prepare().ok());
  start_again(*sink);
  require_ok(scene.write(*sink));
  const auto token = sink->prepare();
  require_ok(token.status());
  const std::string away = scene.stage() + "/away";
  fs::rename(scene.stage() + "/.slotcast", away);
  // What is prepared and gone must not count as delivered, in this process or the next.
  CHECK(kind_of(sink->commit(token.value()).status()) == ErrorKind::Invalid);
  const auto next = scene.connect();
  require_ok(sink->close());
  require_ok(next->open());
  CHECK(kind_of(next->recover(token.value()).status()) == ErrorKind::Invalid);
  CHECK(scene.files_in("t") == 0);
  require_ok(next->close());
  fs::remove_all(scene.stage() + "/.slotcast");
  fs::rename(away, scene.stage() + "/.slotcast");
  require_ok(next->open());
  CHECK(next->recover(token.value()).value() == sink::Recovered::Done);
  CHECK(scene.files_in("t") == 1);
  CHECK(scene.manifest_lines() == 1);
}

TEST_CASE("bad days: a file that is removed before its batch is prepared is written again",
          "[stage]") {
  Scene scene;
  const auto sink = scene.connect();
  start_again(*sink);
  require_ok(scene.write(*sink));
  for (const auto& entry : fs::directory_iterator(scene.stage() + "/.slotcast/shop-lake")) {
    if (entry.path().extension() == ".tmp") fs::remove(entry.path());
  }
  CHECK(kind_of(sink->prepare().status()) == ErrorKind::Transient);
  require_ok(sink->open());
  require_ok(sink->abort());
  require_ok(scene.write(*sink));
  const auto token = sink->prepare();
  require_ok(token.status());
  require_ok(sink->commit(token.value()).status());
  CHECK(scene.files_in("t") == 1);
  CHECK(scene.files_in(".slotcast/shop-lake") == 2);
}

TEST_CASE("bad days: a stage that is emptied between two batches gets all it needs again",
          "[stage]") {
  Scene scene;
  const auto sink = scene.connect();
  start_again(*sink);
  for (int round = 0; round < 2; ++round) {
    require_ok(scene.write(*sink));
    const auto token = sink->prepare();
    require_ok(token.status());
    fs::remove_all(scene.stage() + "/_manifest/shop-lake.jsonl");
    require_ok(sink->commit(token.value()).status());
    CHECK(scene.manifest_lines() == 1);
    CHECK(scene.files_in("_manifest/schemas") == 1);
    CHECK(scene.files_in("t") == 1);
    fs::remove_all(scene.stage() + "/t");
    fs::remove_all(scene.stage() + "/_manifest");
  }
}

TEST_CASE("bad days: a loader that removes the directories it has emptied stops nothing",
          "[stage]") {
  Scene scene;
  const auto sink = scene.connect("{table}/a/b/%U.jsonl");
  start_again(*sink);
  std::atomic<bool> is_over{false};
  std::set<std::string> loaded;
  std::thread loader([&] {
    const fs::path top = scene.stage() + "/t";
    std::error_code ignored;
    for (bool last = false; !last;) {
      last = is_over;
      const std::size_t before = loaded.size();
      for (const auto& entry : fs::directory_iterator(top / "a" / "b", ignored)) {
        loaded.insert(entry.path().filename());
        fs::remove(entry.path(), ignored);
      }
      if (loaded.size() == before) continue;
      for (const fs::path& empty : {top / "a" / "b", top / "a", top}) fs::remove(empty, ignored);
    }
  });
  constexpr std::size_t kBatches = 300;
  Status failed;
  for (std::size_t batch = 0; batch < kBatches && failed.ok(); ++batch) {
    failed = scene.write(*sink);
    const auto token = failed.ok() ? sink->prepare() : Result<sink::Token>(failed.error());
    do {
      failed = token.ok() ? sink->commit(token.value()).status() : token.status();
    } while (!failed.ok() && failed.error().kind == ErrorKind::Transient);
  }
  is_over = true;
  loader.join();
  INFO((failed.ok() ? "" : failed.error().what));
  CHECK(failed.ok());
  CHECK(loaded.size() == kBatches);
  CHECK(scene.manifest_lines() == kBatches);
}
