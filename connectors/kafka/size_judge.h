#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "connectors/kafka/format/encoder.h"
#include "connectors/kafka/topics.h"
#include "lib/base/clock.h"
#include "lib/sink/sink.h"

namespace slotcast::kafka {

// Which rows a topic takes: what the format can write, and what the topic's limit for messages
// allows. Off until such a row came: each row is encoded once for nothing.
class SizeJudge final : public sink::Judge {
 public:
  SizeJudge(Topics& topics, std::unique_ptr<Encoder> encoder)
      : topics_(topics), encoder_(std::move(encoder)) {}

  void turn_on() { is_on_ = true; }
  bool is_on() const { return is_on_; }
  std::optional<sink::Refusal> refuse(const sink::Row& row) override;

 private:
  Topics& topics_;
  const std::unique_ptr<Encoder> encoder_;
  Messages messages_;
  bool is_on_ = false;
};

// "a message of 1200000 bytes, and topic t takes 1048332": nothing when each is small enough.
std::optional<std::string> too_large(const Messages& messages, const Topic& topic);

}  // namespace slotcast::kafka
