#include "lib/pg/guards.h"

namespace slotcast::pg {
namespace {

using Reason = GuardFailure::Reason;

GuardFailure failure(Reason reason, std::string what) {
  GuardFailure found;
  found.reason = reason;
  found.what = std::move(what);
  return found;
}

// The server may be on a later timeline of the same history, if it left ours behind our position.
std::optional<GuardFailure> check_timeline(const ServerFacts& facts, const SourceMemory& memory,
                                           Lsn durable) {
  if (facts.timeline == memory.timeline) return std::nullopt;
  for (const TimelineSwitch& past : facts.history) {
    if (past.timeline != memory.timeline) continue;
    if (durable <= past.at) return std::nullopt;
    return failure(Reason::OtherTimeline,
                   "the server left timeline " + std::to_string(memory.timeline) + " at " +
                       to_string(past.at) + ", but the log already holds changes up to " +
                       to_string(durable) +
                       ": the sinks have changes that this server never had. Start with an empty "
                       "state directory and new targets, or point source.postgres at the server "
                       "that has them");
  }
  return failure(Reason::OtherTimeline, "the server is on timeline " +
                                            std::to_string(facts.timeline) +
                                            ", whose history does not contain timeline " +
                                            std::to_string(memory.timeline) + " of this pipeline");
}

std::optional<GuardFailure> check_slot(const ServerFacts& facts, const SourceMemory& memory) {
  const std::string name = "slot " + memory.slot;
  if (!facts.slot) {
    return failure(Reason::SlotMissing,
                   name +
                       " does not exist: it was dropped, or lost in a failover. What was "
                       "committed since cannot be read any more. It is never made again "
                       "silently: start with an empty state directory, and load the targets "
                       "anew");
  }
  const SlotFacts& slot = *facts.slot;
  if (slot.plugin != "pgoutput") {
    return failure(Reason::SlotUnusable, name + " has the plugin " + slot.plugin +
                                             " instead of pgoutput: it is another program's");
  }
  if (slot.database != facts.database) {
    return failure(Reason::OtherDatabase,
                   name + " belongs to database " + slot.database + ", not to " + facts.database);
  }
  if (slot.temporary || slot.two_phase) {
    return failure(Reason::SlotUnusable,
                   name + (slot.temporary ? " is temporary" : " has two_phase enabled") +
                       ": slotcast cannot read it safely");
  }
  if (slot.wal_status == "lost" || !slot.invalidation.empty()) {
    const std::string why = slot.invalidation.empty() ? "wal_status is lost" : slot.invalidation;
    return failure(Reason::SlotInvalidated,
                   name + " was invalidated by the server (" + why +
                       "): the changes it held are gone. Start with an empty state directory, and "
                       "load the targets anew; see max_slot_wal_keep_size");
  }
  return std::nullopt;
}

std::optional<GuardFailure> check_positions(const ServerFacts& facts, const SourceMemory& memory,
                                            Lsn durable) {
  if (durable > facts.flush) {
    return failure(Reason::ServerBehind,
                   "the server's WAL ends at " + to_string(facts.flush) +
                       ", but the log already holds changes up to " + to_string(durable) +
                       ": the server went back in time (restored from a backup, or a standby that "
                       "was behind), and would silently skip what it commits below that. Start "
                       "with an empty state directory and new targets");
  }
  if (facts.slot->confirmed > durable) {
    GuardFailure found = failure(
        Reason::SlotAdvanced,
        "slot " + memory.slot + " stands at " + to_string(facts.slot->confirmed) +
            ", but the log ends at " + to_string(durable) + ": the changes between " +
            to_string(durable) + " and " + to_string(facts.slot->confirmed) +
            " are lost to this pipeline (the slot was advanced or made again, or the state "
            "directory is an old copy). Go on without them with --accept-gap, or start with an "
            "empty state directory and load the targets anew");
    found.can_accept = true;
    found.gap_from = durable;
    found.gap_to = facts.slot->confirmed;
    return found;
  }
  return std::nullopt;
}

}  // namespace

std::optional<GuardFailure> find_guard_failure(const ServerFacts& facts, const SourceMemory& memory,
                                               Lsn durable) {
  if (facts.system_identifier != memory.system_identifier) {
    return failure(Reason::OtherCluster,
                   "the server at this address is another cluster (system identifier " +
                       facts.system_identifier + ", this pipeline's is " +
                       memory.system_identifier +
                       "). Point source.postgres at the right one, or give this one a pipeline "
                       "with a state directory of its own");
  }
  if (facts.database != memory.database) {
    return failure(Reason::OtherDatabase, "source.postgres names database " + facts.database +
                                              ", this pipeline's is " + memory.database);
  }
  if (auto found = check_timeline(facts, memory, durable)) return found;
  if (auto found = check_slot(facts, memory)) return found;
  return check_positions(facts, memory, durable);
}

std::string describe_unknown_slot(const SlotFacts& slot, const std::string& name) {
  return "slot " + name +
         " exists already, but this state directory knows nothing of it: somebody else may be "
         "reading it. If it is this pipeline's, set source.adopt: true to go on from " +
         to_string(slot.confirmed) +
         "; if nobody needs it, drop it: SELECT pg_drop_replication_slot('" + name + "')";
}

}  // namespace slotcast::pg
