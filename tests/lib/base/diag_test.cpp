#include "lib/base/diag.h"

#include <simdjson.h>

#include <catch2/catch.hpp>

#include "tests/support/standard_error.h"

using namespace slotcast;
using test::said_by;

namespace {

// Back to what the program starts with, for the other tests.
struct Restored {
  ~Restored() {
    diag::set_json(false);
    diag::set_level(diag::Level::Info);
  }
};

}  // namespace

TEST_CASE("diag: an event is one line, dated, with its part and its fields", "[base]") {
  const std::string line = said_by([] {
    diag::info("capture", "streaming", {{"slot", "shop"}, {"from", "0/16B3748"}, {"none", ""}});
  });
  CHECK_THAT(line,
             Catch::Matches(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z info +capture: streaming )"
                            R"(slot=shop from=0/16B3748 none=""\n)"));
}

TEST_CASE("diag: no value can forge a line or a field", "[base]") {
  for (int c = 0; c < 128; ++c) {
    const std::string nasty = std::string("a") + static_cast<char>(c) + "b";
    CAPTURE(c);
    const std::string line =
        said_by([&] { diag::warning("part", nasty, {{"table", nasty}, {"after", "1"}}); });
    CHECK(line.find('\n') == line.size() - 1);
    for (const char shown : line.substr(0, line.size() - 1)) {
      CHECK((static_cast<unsigned char>(shown) >= 0x20 && shown != 0x7F));
    }
    CHECK(line.ends_with(" after=1\n"));
  }
  const std::string forged =
      said_by([] { diag::info("part", "event", {{"table", "x y=\"1\" z"}}); });
  CHECK(forged.ends_with(R"( table="x y=\"1\" z")"
                         "\n"));
}

TEST_CASE("diag: a JSON line gives every byte back to a JSON parser", "[base]") {
  const Restored restored;
  diag::set_json(true);
  std::string nasty = "schön \"quoted\" \\ ";
  for (int c = 0; c < 128; ++c) nasty += static_cast<char>(c);
  const std::string line = said_by([&] { diag::error("part", nasty, {{"table", nasty}}); });
  CHECK(line.find('\n') == line.size() - 1);
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  REQUIRE(parser.parse(line).get(root) == simdjson::SUCCESS);
  for (const char* key : {"event", "table"}) {
    std::string_view value;
    REQUIRE(root[key].get(value) == simdjson::SUCCESS);
    CHECK(value == nasty);
  }
}

TEST_CASE("diag: what is below the level is not written", "[base]") {
  const Restored restored;
  CHECK(said_by([] { diag::debug("part", "event"); }).empty());
  diag::set_level(diag::Level::Debug);
  CHECK(!said_by([] { diag::debug("part", "event"); }).empty());
  diag::set_level(diag::Level::Error);
  CHECK(said_by([] { diag::warning("part", "event"); }).empty());
  CHECK(!said_by([] { diag::error("part", "event"); }).empty());
}
