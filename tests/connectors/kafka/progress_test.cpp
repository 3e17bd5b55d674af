#include "connectors/kafka/progress.h"

#include <catch2/catch.hpp>

namespace slotcast::kafka {
namespace {

const std::string kHead = R"({"version":1,"batch":"kafka 1 ab","lsn":"0/10","seq":2,)";
const std::string kPart = R"("part":{"rows":3,"last_lsn":"0/20","last_seq":4)";

}  // namespace

TEST_CASE("kafka progress: what a record says is read again", "[kafka]") {
  const RowId plain{{{0x20}, 7}, "s.one", ""};
  const RowId named{{{0x20}, 9}, "s.\xc3\xbc \"two\"", "target"};
  const Progress progress{
      "kafka 1 ab", {{0x10}, 2}, Part{3, {{0x20}, 4}, ChangeId{{0x20}, 1}, {{plain, named}}}, "me"};
  const auto read = parse_progress(print_progress(progress));
  REQUIRE(read.ok());
  CHECK(read.value().batch == progress.batch);
  CHECK(read.value().last == progress.last);
  CHECK(read.value().owner == progress.owner);
  CHECK(read.value().part == progress.part);
}

TEST_CASE("kafka progress: none left out, and not known, are two things", "[kafka]") {
  const auto none = parse_progress(kHead + kPart + R"(,"left_out":[]}})");
  REQUIRE(none.ok());
  CHECK(none.value().part->left_out == std::vector<RowId>());
  CHECK(parse_progress(print_progress(none.value())).value().part == none.value().part);
  const auto unknown = parse_progress(kHead + kPart + "}}");
  REQUIRE(unknown.ok());
  CHECK_FALSE(unknown.value().part->left_out);
  CHECK(parse_progress(print_progress(unknown.value())).value().part == unknown.value().part);
}

TEST_CASE("kafka progress: what is none of ours is corrupt", "[kafka]") {
  for (const char* left_out :
       {"7", R"([{"lsn":"0/20","seq":7}])", R"([{"lsn":"x","seq":7,"table":"t"}])", "[8]"}) {
    CAPTURE(left_out);
    const auto read = parse_progress(kHead + kPart + ",\"left_out\":" + left_out + "}}");
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().kind == ErrorKind::Corrupt);
  }
}

}  // namespace slotcast::kafka
