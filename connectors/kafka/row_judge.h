#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "connectors/kafka/format/encoder.h"
#include "connectors/kafka/outbox.h"
#include "connectors/kafka/topics.h"
#include "lib/base/clock.h"
#include "lib/sink/sink.h"

namespace slotcast::kafka {

// Which rows a topic takes: what the format can write, has a partition to go to, and is not above
// the topic's limit for messages. Off until such a row came: each row is encoded once for nothing.
// What a row's message has of its batch is not known here: a row that is too large by that alone
// is known by its id once it was refused.
class RowJudge final : public sink::Judge {
 public:
  RowJudge(Topics& topics, std::unique_ptr<Encoder> encoder, const Options& options, Clock& clock)
      : topics_(topics), encoder_(std::move(encoder)), outbox_(options), clock_(clock) {}

  // The sink has refused this row when it was written.
  void note(const sink::Row& row, const sink::Refusal& refusal);
  bool is_on() const { return is_on_; }
  std::optional<sink::Refusal> refuse(const sink::Row& row) override;
  void look_anew() override;

 private:
  struct Noted {
    ChangeId id;
    std::string table;  // rows of several may have one id, where they come from files
    std::string target;
    sink::Refusal refusal;
  };
  std::optional<sink::Refusal> noted(const sink::Row& row) const;
  std::optional<sink::Refusal> refuse_any(const sink::Row& row, const Way& way);

  Topics& topics_;
  const std::unique_ptr<Encoder> encoder_;
  Outbox outbox_;
  Clock& clock_;
  Messages messages_;
  bool is_on_ = false;
  std::deque<Noted> noted_;  // the last ones
};

// Of a row that a sink refuses: what is wrong with it, by the message's size or else.
sink::Refusal refusal_of_size(std::string why);
sink::Refusal refusal_of_row(std::string why);

}  // namespace slotcast::kafka
