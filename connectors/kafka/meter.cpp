#include "connectors/kafka/meter.h"

namespace slotcast::kafka {
namespace {

double number(std::uint64_t value) {
  return static_cast<double>(value);
}

}  // namespace

void Meter::note_lost(const Producer& producer, bool in_transaction) {
  const Statistics last = producer.statistics();
  before_.sent_messages += last.sent_messages;
  before_.sent_bytes += last.sent_bytes;
  before_.retries += last.retries;
  before_.timeouts += last.timeouts;
  if (in_transaction) ++aborted_;
}

std::vector<metrics::Figure> Meter::figures(const Producer* producer) const {
  const Statistics now = producer == nullptr ? Statistics() : producer->statistics();
  return {
      {&metrics::kKafkaTransactions, number(committed_)},
      {&metrics::kKafkaAborted, number(aborted_)},
      {&metrics::kKafkaProducers, number(producers_)},
      {&metrics::kKafkaQueued, number(now.queue_messages)},
      {&metrics::kKafkaQueuedBytes, number(now.queue_bytes)},
      {&metrics::kKafkaInFlight, number(now.in_flight)},
      {&metrics::kKafkaLatency, now.latency_p99_seconds},
      {&metrics::kKafkaBrokers, number(now.brokers_up)},
      {&metrics::kKafkaMessages, number(before_.sent_messages + now.sent_messages)},
      {&metrics::kKafkaBytes, number(before_.sent_bytes + now.sent_bytes)},
      {&metrics::kKafkaRetries, number(before_.retries + now.retries)},
      {&metrics::kKafkaTimeouts, number(before_.timeouts + now.timeouts)},
  };
}

}  // namespace slotcast::kafka
