#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "connectors/kafka/format/encoder.h"
#include "connectors/kafka/format/schema_ids.h"
#include "connectors/kafka/meter.h"
#include "connectors/kafka/options.h"
#include "connectors/kafka/outbox.h"
#include "connectors/kafka/producer.h"
#include "connectors/kafka/progress.h"
#include "connectors/kafka/row_judge.h"
#include "connectors/kafka/topics.h"
#include "connectors/kafka/troubles.h"
#include "lib/sink/environment.h"
#include "lib/sink/sink.h"

namespace slotcast::kafka {

// Rows as messages, a batch as a transaction of Kafka's.
//
//     write    begin_transaction ─▶ messages …           (a part is committed ahead where a
//     prepare  ─▶ record of progress ─▶ all acknowledged  transaction would become too large)
//     commit   ─▶ commit_transaction
//
// Kafka keeps a prepared transaction for nobody but the producer that has it. When that is lost,
// the transaction was committed, or it is aborted by the next producer's init_transactions(); the
// record of progress then tells which, and the branch builds an absent batch again.
//
// With transactions: off a batch is acknowledged when it is prepared; what comes again after a
// crash is there twice, with the same headers.
class KafkaSink final : public sink::Sink {
 public:
  struct Formats {
    std::unique_ptr<SchemaIds> ids;  // null: nobody numbers schemas
    std::unique_ptr<Encoder> encoder;
    std::unique_ptr<Encoder> trial;  // a second one, whose messages are never sent
  };

  // Requires that check(options) of make.h found nothing.
  KafkaSink(Options options, sink::Environment environment, Formats formats);
  ~KafkaSink() override;

  sink::Judge* judge() override { return judge_.is_on() ? &judge_ : nullptr; }
  bool takes_message(std::string_view prefix) const override;
  std::vector<metrics::Figure> figures() const override { return meter_.figures(producer_.get()); }
  Status open() override;
  void begin_letters() override;
  Result<std::uint64_t> write(sink::Rows rows) override;
  Result<sink::Token> prepare() override;
  Result<sink::Recovered> commit(const sink::Token& token) override;
  Result<sink::Recovered> recover(const sink::Token& token) override { return commit(token); }
  Status abort() override;
  Status close() override;

 private:
  // Of the batch that is open.
  struct Batch {
    std::uint64_t rows = 0;
    ChangeId first, last;
    bool is_of_letters = false;  // then it is no place to split, and nothing of it is there already
    bool in_transaction = false;
    SteadyTime began;                // of the transaction
    SteadyTime source_began;         // of the source's transaction in hand, or the last part
    std::uint64_t source_bytes = 0;  // of it since then
  };

  bool is_usable() const { return producer_ && !producer_->is_broken(); }
  void drop_producer();
  Status replace_producer();
  Status connect();
  Error with_trouble(const Error& error);
  Status refuse_when_taken_over();
  void learn_from_failure();
  Status write_row(const sink::Row& row, const Change* next, WallTime now, std::uint64_t& grown);
  bool is_in_part(std::uint64_t row) const;
  bool is_of_another_place(const Change& change) const;
  void forget_part(const Change& change);
  Result<bool> was_committed_ahead(const Change& change);
  void forget_batch();
  Status check(const sink::Row& row, const Way& way);
  Status send(const sink::Row& row, const Way& way);
  Status send(const Outgoing& message);
  Status send_boundary(const Messages::Message& message);
  Status begin_transaction();
  Status begin_source_transaction();
  bool may_be_in_parts() const;
  bool source_takes_long();
  Status commit_part_when_due();
  Status commit_part();
  Status finish_messages();
  Error refused(const sink::Row& row, const Error& error);
  Error refused(const sink::Row& row, const sink::Refusal& refusal);
  Error lost_progress(const sink::Token& token) const;

  const Options options_;
  const sink::Environment environment_;
  const std::string instance_;  // of this process
  std::string owner_;           // of producer_, as the topic of progress has it
  bool has_owned_ = false;      // a producer of ours has had the topic, and nobody took it over
  std::uint64_t producers_ = 0;
  const std::unique_ptr<SchemaIds> ids_;
  const std::unique_ptr<Encoder> encoder_;
  ProgressTopic progress_;
  Producer::Limits limits_;
  Troubles troubles_;
  std::unique_ptr<Producer> producer_;
  Topics topics_;   // behind the producer: its handles go first
  Progress done_;   // what is committed, as far as a usable producer knows
  RowJudge judge_;  // behind it: it looks at its part
  Meter meter_;
  Messages messages_;
  Outbox outbox_;
  Batch batch_;
  sink::Token prepared_;  // empty: none
  Progress prepared_progress_;
};

}  // namespace slotcast::kafka
