// Goal: nothing can leave the stage, whatever tables are called and whoever plants links in it.
// Method: the sink on a real file system; links and names as another user of the stage, or of the
//         database, would make them. What lies beside the stage is looked at by the C++ library.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/support/changes.h"
#include "tests/support/stage_disk.h"
#include "tests/support/temp_dir.h"

using namespace slotcast;
namespace fs = std::filesystem;

namespace {

// A stage in a directory, with another one beside it.
class Scene {
 public:
  Scene() {
    fs::create_directories(stage());
    fs::create_directories(outside());
  }
  std::string stage() const { return directory_.path() + "/stage"; }
  std::string outside() const { return directory_.path() + "/outside"; }

  std::unique_ptr<sink::Sink> connect(const std::string& root) {
    const sink::Environment environment{"shop", "lake", &clock_, &random_};
    stage::Options options;
    options.pattern = "{schema}/{table}/%U.jsonl";
    return std::make_unique<stage::StageSink>(
        std::make_unique<stage::DirectoryPlace>(root, environment, &io::open_directory),
        stage::pattern_of(options).value(), options, environment);
  }

  // The first error, from open() to commit().
  Status deliver(const std::string& schema, const std::string& table) {
    const auto sink = connect(stage());
    const Relation relation = test::make_relation(schema, table, {{"x"}});
    test::Changes changes;
    changes.add(Operation::Create, relation, {"1"});
    const std::string target;
    const sink::Row row{&changes.all()[0], &target};
    TRY(sink->open());
    TRY(sink->abort());
    TRY(sink->write({&row, 1}).status());
    TRY_ASSIGN(const sink::Token token, sink->prepare());
    TRY(sink->commit(token));
    return sink->close();
  }

  bool is_untouched() const { return fs::is_empty(outside()); }

 private:
  test::TempDir directory_;
  test::TickingClock clock_;
  SystemRandom random_;
};

bool is_kind(const Status& status, ErrorKind kind) {
  return !status.ok() && status.error().kind == kind;
}

}  // namespace

TEST_CASE("stage names: tables may be called what they like, and stay in the stage", "[stage]") {
  Scene scene;
  for (const char* name : {"../../etc/x", "..", ".", ".slotcast", "/etc/x", "a\nb", "_manifest",
                           "\\..\\x", "con", "-rf", "%2e%2e", "a\tb", "\x01\x7f"}) {
    CAPTURE(name);
    const Status delivered = scene.deliver("public", name);
    CHECK((delivered.ok() ? "" : delivered.error().what) == std::string());
  }
  CHECK(scene.is_untouched());
  CHECK(fs::is_directory(scene.stage() + "/public/%2E.%2F..%2Fetc%2Fx"));
  CHECK(fs::is_directory(scene.stage() + "/public/%2Eslotcast"));
  // Beside the stage there is what was there before.
  const auto beside = fs::directory_iterator(fs::path(scene.stage()).parent_path());
  CHECK(std::distance(fs::begin(beside), fs::end(beside)) == 2);
  CHECK(scene.deliver("..", "t").ok());
  CHECK(fs::is_directory(scene.stage() + "/%2E."));
  CHECK(is_kind(scene.deliver("_manifest", "t"), ErrorKind::Rejected));
  CHECK(is_kind(scene.deliver("public", std::string(300, 'n')), ErrorKind::Rejected));
  CHECK(scene.deliver("public", std::string(255, 'n')).ok());
}

TEST_CASE("stage names: a link in the place of a schema, a table or .slotcast leads nowhere",
          "[stage]") {
  for (const char* planted : {"public", "public/t", ".slotcast", ".slotcast/shop-lake", "_manifest",
                              "_manifest/schemas"}) {
    CAPTURE(planted);
    Scene scene;
    const fs::path link = fs::path(scene.stage()) / planted;
    fs::create_directories(link.parent_path());
    fs::create_directory_symlink(scene.outside(), link);
    CHECK(is_kind(scene.deliver("public", "t"), ErrorKind::Invalid));
    CHECK(scene.is_untouched());
    // Once it is gone, the next start delivers and leaves nothing behind.
    fs::remove(link);
    const Status delivered = scene.deliver("public", "t");
    CHECK((delivered.ok() ? "" : delivered.error().what) == std::string());
  }
}

TEST_CASE("stage names: a link in the place of a file of ours is not written through", "[stage]") {
  for (const char* planted :
       {"_manifest/shop-lake.jsonl", ".slotcast/shop-lake/id", ".slotcast/shop-lake/lock"}) {
    CAPTURE(planted);
    Scene scene;
    const std::string victim = scene.outside() + "/victim";
    std::ofstream(victim) << "precious";
    const fs::path link = fs::path(scene.stage()) / planted;
    fs::create_directories(link.parent_path());
    fs::create_symlink(victim, link);
    CHECK(is_kind(scene.deliver("public", "t"), ErrorKind::Invalid));
    std::string contents;
    std::ifstream(victim) >> contents;
    CHECK(contents == "precious");
  }
}

TEST_CASE("stage names: the stage itself may be a link, which is the operator's own", "[stage]") {
  Scene scene;
  const std::string link = scene.outside() + "/link";
  fs::create_directory_symlink(scene.stage(), link);
  const auto sink = scene.connect(link);
  REQUIRE(sink->open().ok());
  CHECK(fs::exists(scene.stage() + "/.slotcast/shop-lake/id"));
}
