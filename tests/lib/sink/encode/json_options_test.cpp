// Goal: the settings of JSON lines do what they say.
// Method: lines written down by hand.
#include "lib/sink/encode/json_options.h"

#include <catch2/catch.hpp>

#include "lib/sink/encode/json_row.h"
#include "tests/support/changes.h"

using namespace slotcast;
using sink::Buffer;
using sink::JsonOptions;
using sink::JsonRowEncoder;
using test::Changes;
using test::kUnchanged;
using test::make_relation;

namespace {

std::string line_of(const Change& change, const JsonOptions& options) {
  JsonRowEncoder encoder(options);
  Buffer out;
  REQUIRE(encoder.append(change, out).ok());
  return std::string(out.text());
}

const Relation& numbers() {
  static const Relation relation =
      make_relation("s", "n", {{"d", TypeClass::Decimal}, {"f", TypeClass::Float}, {"t"}});
  return relation;
}

}  // namespace

TEST_CASE("json row: meta chooses the columns, their order and what may not clash", "[sink]") {
  const Relation relation = make_relation("s", "t", {{"a"}, {"_ts"}});
  Changes changes;
  changes.begin_transaction({0x16B3748}, {0});
  Change change = changes.add(Operation::Create, relation, {"x", "y"});
  change.xid = 731;
  const std::string row = "{\"a\":\"x\",\"_ts\":\"y\"";
  CHECK(line_of(change, {"\n", "string", {}}) == row + "}\n");
  CHECK(line_of(change, {"\r\n", "string", {"_xid"}}) == row + ",\"_xid\":731}\r\n");
  CHECK(line_of(change, {"\n", "string", {"_seq", "_lsn", "_op"}}) ==
        row + ",\"_seq\":1,\"_lsn\":\"0/16B3748\",\"_op\":\"c\"}\n");
  JsonRowEncoder encoder;
  Buffer out;
  CHECK(encoder.append(change, out).error().kind == ErrorKind::Invalid);
  CHECK(encoder.begin(relation, out).error().kind == ErrorKind::Invalid);
}

TEST_CASE("json row: without columns and meta it is still an object", "[sink]") {
  const Relation bare = make_relation("s", "t", {});
  const Relation relation = make_relation("s", "t", {{"a"}});
  Changes changes;
  const JsonOptions options{"\n", "string", {}};
  CHECK(line_of(changes.add(Operation::Create, bare, {}), options) == "{}\n");
  CHECK(line_of(changes.add(Operation::Update, relation, {kUnchanged}), options) == "{}\n");
}

TEST_CASE("json row: NaN and the infinities are strings, null, or an error of the row", "[sink]") {
  Changes changes;
  changes.begin_transaction({0x16B3748}, {0});
  const Change& change = changes.add(Operation::Create, numbers(), {"NaN", "-Infinity", "NaN"});
  CHECK(line_of(change, {"\n", "string", {}}) ==
        "{\"d\":\"NaN\",\"f\":\"-Infinity\",\"t\":\"NaN\"}\n");
  CHECK(line_of(change, {"\n", "null", {}}) == "{\"d\":null,\"f\":null,\"t\":\"NaN\"}\n");
  const Change& plain = changes.add(Operation::Create, numbers(), {"1", "1e-05", "\u00e9 NaN"});
  CHECK(line_of(plain, {"\n", "error", {}}) == "{\"d\":1,\"f\":1e-05,\"t\":\"\u00e9 NaN\"}\n");
}

TEST_CASE("json row: nan error names column, value and row, in small rows and large ones",
          "[sink]") {
  Changes changes;
  changes.begin_transaction({0x16B3748}, {0});
  for (const std::size_t size : {1u, 10'000u}) {
    const Change& change =
        changes.add(Operation::Create, numbers(), {"1", "Infinity", std::string(size, 'x')});
    JsonRowEncoder encoder({"\n", "error", {}});
    Buffer out;
    const Status refused = encoder.append(change, out);
    REQUIRE_FALSE(refused.ok());
    CHECK(out.size() == 0);
    CHECK(refused.error().kind == ErrorKind::Rejected);
    CHECK(refused.error().what == "column f holds Infinity, which is no number in JSON");
  }
}

TEST_CASE("json options: all mistakes are told together, each by its option's name", "[sink]") {
  const auto names_of = [](const sink::Mistakes& mistakes) {
    std::vector<std::string> names;
    for (const auto& mistake : mistakes) names.push_back(mistake.first);
    return names;
  };
  using Names = std::vector<std::string>;
  JsonOptions options;
  CHECK(names_of(check(options)).empty());
  options = {"\r\n", "null", {"_xid", "_op"}};
  CHECK(names_of(check(options)).empty());
  options = {"\r\n", "error", {}};
  CHECK(names_of(check(options)).empty());
  options = {"", "zero", {"_seq", "_seq", "op", "_unchanged"}};
  CHECK(names_of(check(options)) == Names{"line_end", "nan", "meta", "meta", "meta"});
}
