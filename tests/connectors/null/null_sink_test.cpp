#include "connectors/null/null_sink.h"

#include <catch2/catch.hpp>

#include "tests/contracts/sink_contract.h"
#include "tests/support/changes.h"

using namespace slotcast;

namespace {

class Nowhere final : public test::FarSide {
 public:
  std::unique_ptr<sink::Sink> connect() override { return std::make_unique<null::NullSink>(); }
  Visible visible() override { return {}; }
  bool keeps_rows() const override { return false; }
  std::size_t unfinished() override { return 0; }
};

}  // namespace

TEST_CASE("null: keeps the contract of sinks", "[sink][null]") {
  test::check_sink_contract([] { return std::make_unique<Nowhere>(); });
}

TEST_CASE("null: tells the bytes of the values it was given", "[null]") {
  const Relation relation = test::make_relation("s", "t", {{"a"}, {"b"}, {"c"}});
  test::Changes changes;
  const Change& one =
      changes.add(Operation::Update, relation, {"four", test::kNull, test::kUnchanged});
  const Change& two = changes.add(Operation::Truncate, relation, {});
  const std::vector<sink::Row> rows{{&one, nullptr}, {&two, nullptr}, {&one, nullptr}};
  null::NullSink sink;
  CHECK(sink.write(rows).value() == 8);
}
