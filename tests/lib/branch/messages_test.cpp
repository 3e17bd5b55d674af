// Goal: messages of applications come to the sinks that want them, in their place among the rows.
// Method: the rows that become of a transaction with both; by sinks that want some, or none.
#include "lib/change/messages.h"

#include <catch2/catch.hpp>

#include "lib/branch/row_maker.h"
#include "tests/support/changes.h"
#include "tests/support/recording_sink.h"

using namespace slotcast;
using namespace slotcast::test;

namespace {

// Wants those of one prefix.
class Wanting final : public sink::Sink {
 public:
  explicit Wanting(std::string prefix) : prefix_(std::move(prefix)) {}
  bool takes_message(std::string_view prefix) const override { return prefix == prefix_; }
  Status open() override { return {}; }
  Result<std::uint64_t> write(sink::Rows) override { return std::uint64_t{0}; }
  Result<sink::Token> prepare() override { return sink::Token("t"); }
  Result<sink::Recovered> commit(const sink::Token&) override { return sink::Recovered::Done; }
  Result<sink::Recovered> recover(const sink::Token&) override { return sink::Recovered::Done; }
  Status abort() override { return {}; }
  Status close() override { return {}; }

 private:
  const std::string prefix_;
};

class TooLarge final : public sink::Judge {
 public:
  std::optional<sink::Refusal> refuse(const sink::Row&) override {
    return sink::Refusal{"54000", "too large"};
  }
};

struct Scene {
  Scene() {
    const auto add = [&](const Change& change) { all.push_back(change); };
    add(changes.add(Operation::Create, table, {"1", "a"}));
    add(changes.add(Operation::Message, message_relation(), {"app", "\\x00"}));
    add(changes.add(Operation::Create, table, {"2", "b"}));
    add(changes.add(Operation::Message, message_relation(), {"other", "\\x01"}));
  }
  std::vector<std::string> rows_for(const sink::Sink& sink) {
    std::vector<route::Route> routes(1);
    routes[0].from.push_back(route::TablePattern::parse("*.*").value());
    branch::RowMaker maker(route::Router(routes), sink,
                           [](const branch::RowFailure&) { return Status(); });
    const auto rows = maker.make(all);
    std::vector<std::string> texts;
    for (const sink::Row& row : rows.value()) texts.emplace_back(row.change->row[0].text());
    return texts;
  }

  const Relation table = make_relation("s", "t", {{"id", TypeClass::Integer, true}, {"x"}});
  Changes changes;
  std::vector<Change> all;
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("branch: messages stand among the rows where a sink wants them, and nowhere else",
          "[branch]") {
  Scene scene;
  CHECK(scene.rows_for(Wanting("app")) == Texts{"1", "app", "2"});
  CHECK(scene.rows_for(Wanting("other")) == Texts{"1", "2", "other"});
  // A sink that says nothing of them; a route about every table is not about messages.
  RecordingSink usual(std::make_shared<RecordedSide>(), {});
  CHECK(scene.rows_for(usual) == Texts{"1", "2"});
}

TEST_CASE("branch: a message that the sink refuses is told by its prefix, and can be sent again",
          "[branch]") {
  Scene scene;
  const Wanting sink("app");
  std::vector<std::string> failed;
  branch::RowMaker maker(route::Router({}), sink, [&](const branch::RowFailure& failure) {
    failed.push_back(failure.way->route->name + ": " + branch::describe(*failure.change));
    return Status();
  });
  TooLarge judge;
  maker.ask(&judge);
  REQUIRE(maker.make(scene.all).ok());
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].find("messages: ") == 0);
  CHECK(failed[0].find(", a message of prefix app") != std::string::npos);
  maker.ask(nullptr);
  CHECK(maker.make_for(scene.all[1], "").value()->size() == 1);
  CHECK(maker.make_for(scene.all[3], "").value()->empty());
}
