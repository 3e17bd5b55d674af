// Goal: a sink's mode and not_null let through just the rows that they name.
// Method: every operation in every mode, against a table written down here.
#include "connectors/stage/acceptance.h"

#include <catch2/catch.hpp>
#include <map>

#include "tests/support/changes.h"

using namespace slotcast;
using stage::Acceptance;
using stage::Mode;
using test::kNull;
using test::kUnchanged;

namespace {

const Relation kTable = test::make_relation("s", "t", {{"id", TypeClass::Integer, true}, {"x"}});

std::string refused(Acceptance& acceptance, Operation operation, const Relation& relation,
                    const std::vector<test::Value>& row) {
  test::Changes changes;
  const auto refusal = acceptance.refuse({&changes.add(operation, relation, row), nullptr});
  return refusal ? std::string(refusal->sqlstate) + " " + refusal->message : "";
}

}  // namespace

TEST_CASE("acceptance: each mode takes its operations and no others", "[stage]") {
  const std::map<Mode, std::string> taken = {
      {Mode::Changes, "cudrtbe"}, {Mode::Append, "crbe"}, {Mode::SnapshotOnly, "rbe"}};
  for (const auto& [mode, operations] : taken) {
    Acceptance acceptance(mode, {});
    CHECK(acceptance.takes_everything() == (mode == Mode::Changes));
    for (const char operation : std::string("cudrtbe")) {
      CAPTURE(name_of(mode), operation);
      const std::string why =
          refused(acceptance, static_cast<Operation>(operation), kTable, {"1", "2"});
      CHECK(why.empty() == (operations.find(operation) != std::string::npos));
      if (!why.empty()) CHECK(why.starts_with("0A000 the sink's mode is "));
    }
  }
}

TEST_CASE("acceptance: a NULL in a new row is refused where the table has the column", "[stage]") {
  Acceptance acceptance(Mode::Changes, {"x", "y"});
  CHECK_FALSE(acceptance.takes_everything());
  const Relation without = test::make_relation("s", "u", {{"id"}});
  const Relation other_place = test::make_relation("s", "v", {{"y"}, {"id"}});
  for (const Operation operation : {Operation::Create, Operation::Update, Operation::Read}) {
    CHECK(refused(acceptance, operation, kTable, {"1", kNull}) ==
          "23502 column x is NULL, which the sink's not_null rules out");
    CHECK(refused(acceptance, operation, kTable, {kNull, "1"}).empty());
    CHECK(refused(acceptance, operation, kTable, {"1", ""}).empty());
    CHECK(refused(acceptance, operation, kTable, {"1", kUnchanged}).empty());
    CHECK(refused(acceptance, operation, without, {kNull}).empty());
    CHECK_FALSE(refused(acceptance, operation, other_place, {kNull, "1"}).empty());
  }
  CHECK(refused(acceptance, Operation::Delete, kTable, {"1", kNull}).empty());
  CHECK(refused(acceptance, Operation::Truncate, kTable, {}).empty());
}
