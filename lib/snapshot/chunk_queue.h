#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lib/pg/publication.h"
#include "lib/snapshot/chunk_ledger.h"

namespace slotcast::snapshot {

// Which request of the ledger is read next. One that is half read goes first; those whose sinks
// take nothing for now wait.
//
// Threads: what changes the order from the reading thread alone, the rest from any.
// Errors:  those of the ledger.
class ChunkQueue {
 public:
  struct Asks {
    // Whether a route leads from the table to the sink.
    std::function<bool(const pg::SourceTable& table, const std::string& sink)> is_routed;
    // Whether the sink takes nothing for now.
    std::function<bool(const std::string& sink)> is_halted;
    // Whether the sink is not configured.
    std::function<bool(const std::string& sink)> is_removed;
  };

  ChunkQueue(ChunkLedger& ledger, Asks asks) : ledger_(ledger), asks_(std::move(asks)) {}

  // After the ledger was loaded.
  Status take_stock();
  // Something is to be read for a sink that takes it.
  bool is_wanted() const;
  // Nothing can be read now.
  bool is_idle() const;
  // Brings what is read next to the front; an empty request when there is none.
  Status choose();
  Request front() const;
  // In place of `request`, which names no table: those of `tables` that it means.
  Status expand(const Request& request, const std::vector<pg::SourceTable>& tables);

 private:
  bool is_halted(const Request& request) const;

  ChunkLedger& ledger_;
  const Asks asks_;
};

}  // namespace slotcast::snapshot
