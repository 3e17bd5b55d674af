#pragma once

#include <memory>
#include <string>

#include "connectors/kafka/options.h"
#include "lib/base/clock.h"
#include "tests/contracts/sink_contract.h"
#include "tests/support/kafka_server.h"

namespace slotcast::test {

// A sink's far side in the shared broker, with topics of its own, of one partition each: rows as
// flat JSON.
class KafkaTopics : public FarSide {
 public:
  KafkaTopics();

  std::unique_ptr<sink::Sink> connect() override;
  Visible visible() override;
  bool keeps_prepared() const override { return false; }
  bool is_slow() const override { return true; }
  // Topics in which a transaction is open, and stays so for a while.
  std::size_t unfinished() override;

  // What connect() takes; for tests that want others.
  kafka::Options options;
  Clock* clock;
  // Whether rows went to its topics before.
  bool was_met = false;
  const std::string& sink() const { return sink_; }
  std::string topic(const std::string& table) const { return sink_ + "." + table; }
  std::string progress_topic() const { return "slotcast-progress-shop-" + sink_; }
  std::vector<KafkaMessage> messages(const std::string& table) const;
  // Of any topic; none when it is not there.
  std::vector<KafkaMessage> read(const std::string& topic) const;

 private:
  std::size_t count_unfinished() const;

  KafkaServer& server_;
  const std::string sink_;
};

}  // namespace slotcast::test
