#pragma once

#include <catch2/catch.hpp>

#include "tests/support/changes.h"
#include "tests/support/kafka_topics.h"
#include "tests/support/manual_clock.h"

namespace slotcast::test {

inline void require_ok(const Status& status) {
  if (!status.ok()) FAIL(status.error().what);
}

// A sink at a broker, open, and rows for it: of one table, "one", of one transaction unless another
// is begun. Two of them make the same rows, as a process that was killed gets them again.
class KafkaSinkScene {
 public:
  explicit KafkaSinkScene(KafkaTopics& topics) : sink_(topics.connect()) {
    for (int attempt = 0; attempt < 20 && !topics.was_met; ++attempt) topics.was_met = meet().ok();
    require_ok(sink_->open());
    require_ok(sink_->abort());
  }
  sink::Sink& sink() { return *sink_; }
  const Change& add(const std::string& text) {
    return changes_.add(Operation::Create, relation_, {std::to_string(++rows_), text});
  }
  const Change& add(Operation operation, const Relation& relation,
                    std::initializer_list<Value> row) {
    return changes_.add(operation, relation, row);
  }
  void begin_transaction() {
    lsn_.value += 0x100;
    changes_.begin_transaction(lsn_, {});
  }
  Result<std::uint64_t> write(const Change& change) {
    const sink::Row row{&change, &none_};
    return sink_->write({&row, 1});
  }
  sink::Token prepare() {
    auto token = sink_->prepare();
    require_ok(token.status());
    return token.value();
  }
  void commit() { require_ok(sink_->commit(prepare()).status()); }
  Status deliver(const Change& change) {
    TRY(write(change).status());
    TRY_ASSIGN(const sink::Token token, sink_->prepare());
    TRY_ASSIGN(const sink::Recovered done, sink_->commit(token));
    return done == sink::Recovered::Done ? Status() : Status(transient("absent"));
  }
  const Relation& relation() const { return relation_; }

 private:
  // A topic's leader may refuse messages for a moment when it has just begun, and a sink for which
  // that is too late tries again. So a row goes there first, which nobody sees.
  Status meet() {
    TRY(sink_->open());
    TRY(sink_->abort());
    Changes changes;
    const Status written = write(changes.add(Operation::Create, relation_, {"0", "x"})).status();
    const Status aborted = sink_->abort();
    return written.ok() ? aborted : written;
  }

  const Relation relation_ = make_relation("s", "one", {{"id", TypeClass::Integer, true}, {"x"}});
  const std::string none_;
  std::uint64_t rows_ = 0;
  Lsn lsn_{0x2000000};
  Changes changes_;
  std::unique_ptr<sink::Sink> sink_;
};

}  // namespace slotcast::test
