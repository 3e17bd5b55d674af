#pragma once

#include <optional>
#include <string>

#include "lib/pg/server_facts.h"

// May the stream start? Each check stands for a way in which others have lost changes without a
// word: PostgreSQL itself goes on silently in most of these cases. Pure.

namespace slotcast::pg {

// What the pipeline remembers of its source, from the day the slot was made.
struct SourceMemory {
  std::string system_identifier;
  std::uint32_t timeline = 0;
  std::string database;
  std::string slot;
  Lsn consistent_point;  // where the slot began
};

struct GuardFailure {
  enum class Reason {
    OtherCluster,   // the system identifier differs
    OtherTimeline,  // a standby was promoted before our position
    OtherDatabase,
    SlotMissing,
    SlotUnusable,     // wrong plugin, temporary, two-phase
    SlotInvalidated,  // the server threw away WAL or rows it needs
    SlotAdvanced,     // somebody confirmed changes that we do not have
    ServerBehind,     // the server's WAL ends before our position
  };
  Reason reason = Reason::SlotMissing;
  std::string what;         // what was found, the gap included, and what can resolve it
  bool can_accept = false;  // --accept-gap may go on: what is lost is known, the rest is sound
  Lsn gap_from, gap_to;     // the changes lost, where that is known
};

// `durable` is the end of our log: we start the stream there.
std::optional<GuardFailure> find_guard_failure(const ServerFacts& facts, const SourceMemory& memory,
                                               Lsn durable);

// Why a slot is not read that is there although the state directory knows nothing of it.
std::string describe_unknown_slot(const SlotFacts& slot, const std::string& name);

}  // namespace slotcast::pg
