#pragma once

#include <cstdint>
#include <vector>

#include "connectors/kafka/producer.h"
#include "connectors/kafka/statistics.h"
#include "lib/metrics/names.h"

namespace slotcast::kafka {

// A sink's own metrics, over all the producers that it has had.
// Threads: one, the branch's.
class Meter {
 public:
  void note_producer() { ++producers_; }
  void note_committed() { ++committed_; }
  void note_aborted() { ++aborted_; }
  void note_lost(const Producer& producer, bool in_transaction);

  // `producer` may be null.
  std::vector<metrics::Figure> figures(const Producer* producer) const;

 private:
  std::uint64_t producers_ = 0;
  std::uint64_t committed_ = 0;
  std::uint64_t aborted_ = 0;
  Statistics before_;  // counters of earlier producers
};

}  // namespace slotcast::kafka
