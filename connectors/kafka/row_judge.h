#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/kafka/format/encoder.h"
#include "connectors/kafka/outbox.h"
#include "connectors/kafka/progress.h"
#include "connectors/kafka/row_id.h"
#include "connectors/kafka/topics.h"
#include "lib/base/clock.h"
#include "lib/sink/sink.h"

namespace slotcast::kafka {

// Which rows a topic takes: what the format can write, has a partition to go to, and is not above
// the topic's limit for messages. Off until such a row came, or one is among those that were
// committed ahead: each row is encoded once for nothing.
// What a row's message has of its batch is not known here: a row that is too large by that alone
// is known by its id once it was refused.
// Of rows that were committed ahead it says what was said of them then. They are told by their
// number, so it is asked for each row of a batch, from the first.
class RowJudge final : public sink::Judge {
 public:
  // `part` is what was committed ahead, at any time.
  RowJudge(Topics& topics, std::unique_ptr<Encoder> encoder, const Options& options, Clock& clock,
           const std::optional<Part>& part)
      : topics_(topics),
        encoder_(std::move(encoder)),
        outbox_(options),
        clock_(clock),
        part_(part) {}

  // The sink has refused this row when it was written.
  void note(const sink::Row& row, const sink::Refusal& refusal);
  bool is_on() const { return is_on_ || (part_ && part_->left_out && !part_->left_out->empty()); }
  // What comes next is the first row of one; the last one's are forgotten.
  void begin_batch() { batch_ = {}; }
  // Which is of dead letters: none of them was committed ahead.
  void begin_letters() { batch_ = {true, 0, {}, 0}; }
  // By the batch, up to now; nothing when it was too much to be kept.
  std::optional<std::vector<RowId>> left_out() const;
  std::optional<sink::Refusal> refuse(const sink::Row& row) override;
  void look_anew() override;

 private:
  struct Noted {
    RowId id;
    sink::Refusal refusal;
  };
  struct Batch {
    bool is_of_letters = false;
    std::uint64_t taken = 0;  // rows
    std::vector<RowId> left_out;
    std::size_t left_out_bytes = 0;
  };
  std::optional<sink::Refusal> noted(const sink::Row& row) const;
  const std::vector<RowId>* left_out_of_part() const;
  std::optional<sink::Refusal> look_at(const sink::Row& row);
  std::optional<sink::Refusal> try_out(const sink::Row& row);
  void note_left_out(const sink::Row& row);
  std::optional<sink::Refusal> refuse_any(const sink::Row& row, const Way& way);

  Topics& topics_;
  const std::unique_ptr<Encoder> encoder_;
  Outbox outbox_;
  Clock& clock_;
  Messages messages_;
  bool is_on_ = false;
  std::deque<Noted> noted_;  // the last ones
  const std::optional<Part>& part_;
  Batch batch_;
};

// Of a row that a sink refuses: what is wrong with it, by the message's size or else.
sink::Refusal refusal_of_size(std::string why);
sink::Refusal refusal_of_row(std::string why);

}  // namespace slotcast::kafka
