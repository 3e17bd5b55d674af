#include "lib/preflight/draft.h"

namespace slotcast::preflight {
namespace {

// By the guards of every start. Without a past of its own the server is taken as it is, as the
// first start does; then only the slot itself can be wrong.
void ask_guards(Draft& draft) {
  const auto& server = draft.facts.replication;
  if (!server) return;
  pg::SourceMemory memory = draft.wanted.memory;
  if (draft.wanted.state != Wanted::State::Begun) {
    memory = {server->system_identifier, server->timeline, server->database, draft.wanted.pg.slot,
              server->flush};
  }
  // Where the log ends, only the daemon knows: not before what it has confirmed.
  const Lsn durable = draft.facts.slot ? draft.facts.slot->confirmed : Lsn{};
  if (auto failure = pg::find_guard_failure(*server, memory, durable)) {
    draft.error(failure->what);
  }
}

void examine_missing(Draft& draft) {
  if (draft.wanted.state != Wanted::State::Begun) return;
  if (draft.facts.replication) {
    ask_guards(draft);
  } else {
    draft.error("slot " + draft.wanted.pg.slot +
                " does not exist, but this state directory has read from it: what was committed "
                "since cannot be read any more");
  }
}

// Of a slot that no start of this state directory has made.
void examine_foreign(Draft& draft) {
  if (!draft.wanted.pg.adopt_slot) {
    draft.error(pg::describe_unknown_slot(*draft.facts.slot, draft.wanted.pg.slot));
  } else if (draft.copies_rows()) {
    draft.error("slot " + draft.wanted.pg.slot +
                " is to be adopted, and a snapshot that fits it is only given out when a slot is "
                "made: write start: log for the sinks");
  }
}

}  // namespace

void examine_slot(Draft& draft) {
  if (!draft.facts.slot) return examine_missing(draft);
  const pg::SlotFacts& slot = *draft.facts.slot;
  switch (draft.wanted.state) {
    case Wanted::State::Unknown:
      draft.note(
          "this user cannot read the state directory, so whether the slot is this pipeline's is "
          "not known; ask as the user that runs it");
      break;
    case Wanted::State::Empty:
      examine_foreign(draft);
      break;
    case Wanted::State::Creating:
      draft.note("the slot is there from a first start that was interrupted");
      break;
    case Wanted::State::Begun:
      break;
  }
  ask_guards(draft);
  if (slot.wal_status == "unreserved") {
    draft.warning(
        "the server is about to throw away WAL that the slot needs: start slotcast, or raise "
        "max_slot_wal_keep_size, now");
  }
}

}  // namespace slotcast::preflight
