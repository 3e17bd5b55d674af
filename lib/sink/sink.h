#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/change/change.h"
#include "lib/metrics/names.h"

namespace slotcast::sink {

// One change on its way to a sink, as the branch's routes left it. Valid during write() only.
struct Row {
  const Change* change = nullptr;
  // What the route calls the target ("constants" of `to: warehouse.constants`); empty when the
  // route named only the sink, and the sink then uses the source's own name.
  const std::string* target = nullptr;
};

using Rows = std::span<const Row>;

// What a sink needs to find a prepared batch again after a crash, in its own encoding. The branch
// keeps it in the journal and never looks inside. Never empty.
using Token = std::string;

enum class Recovered {
  Done,    // the batch is, or has now been made, visible: exactly once
  Absent,  // nothing of it is visible nor ever will be: the branch settles it by building it again
};

// Why a sink will not have a row.
struct Refusal {
  const char* sqlstate = "";  // PostgreSQL's class for it: "23502"
  std::string message;
};

// Says of each row, before write(), whether the sink takes it: what it refuses goes by the sink's
// on_error and never enters a batch, since a batch cannot give back a row. Asked of
// each row of a batch, in order; abort() begins anew. Threads: one, the branch's.
class Judge {
 public:
  virtual ~Judge() = default;
  // Nothing when the row is fine.
  virtual std::optional<Refusal> refuse(const Row& row) = 0;
  // Rows that were refused are asked for again, since an operator says that the far side takes them
  // now: what the judge remembers of it may be old.
  virtual void look_anew() {}
};

// The far end of one branch: a participant of two-phase commit whose coordinator is the branch.
// Every connector implements these seven calls, judge() if it takes not every row, figures() if it
// has metrics of its own, takes_message() if it has a place for messages, and begin_letters() if it
// must know; tests/contracts/sink_contract.h says what they must do and runs against each of them.
//
//     open ─▶ recover(token of the journal's intent)? ─▶ abort ─┐
//        ┌──────────────────────────────────────────────────────┘
//        └▶ write* ─▶ prepare ─▶ (journal: intent) ─▶ commit ─▶ (journal: checkpoint) ─▶ write* …
//
// Ownership:  the branch owns its sink. A sink never outlives it and never calls back.
// Threads:    one call at a time, all from the branch's thread.
// Durability: after prepare() the batch is whole at the far side, invisible, and survives any crash
//             of either side, or else commit() and recover() say that it is absent. After commit()
//             it is visible and survives.
// Errors:     Transient: the branch waits and tries again, before prepare() from abort() on, after
//             it with commit() alone. Rejected, Corrupt, Invalid stop the branch. A sink never
//             retries, waits or counts by itself.
class Sink {
 public:
  virtual ~Sink() = default;

  // Null when it takes every row. Asked for at each open(); lives as long as the sink.
  virtual Judge* judge() { return nullptr; }

  // Metrics of its own, beside those of the branch; asked for about once a second and after each
  // batch. Counters are of the process.
  virtual std::vector<metrics::Figure> figures() const { return {}; }

  // Whether it wants the messages that applications put into the stream under that prefix: rows of
  // Operation::Message, without a target, whatever the routes say.
  virtual bool takes_message(std::string_view prefix) const {
    static_cast<void>(prefix);
    return false;
  }

  // Connects and proves that delivering would work. Called first, and again after a Transient
  // error; harmless when open.
  virtual Status open() = 0;

  // The batch that comes is of dead letters: rows from anywhere before the place where the branch
  // stands, which come between two batches of the log. Before the judge is asked of the first;
  // abort() follows where no letter is written.
  virtual void begin_letters() {}

  // Adds rows to the open batch, in order; opens one when there is none. Returns the bytes the
  // batch grew by in the sink's own encoding. May be called any number of times per batch.
  // Rejected: one of the rows cannot be written. The branch builds the batch again, and by then the
  // judge should refuse that row: the same refusal a second time stands.
  virtual Result<std::uint64_t> write(Rows rows) = 0;

  // Makes the open batch final, durable and still invisible. Requires at least one row written.
  virtual Result<Token> prepare() = 0;

  // Makes a prepared batch visible. Calling it again, also in a later process, does no harm. Absent
  // when the far side has given the batch up.
  virtual Result<Recovered> commit(const Token& token) = 0;

  // After a restart, for the batch whose intent the journal holds.
  virtual Result<Recovered> recover(const Token& token) = 0;

  // Forgets the open batch, and whatever an earlier process left that was not committed: after
  // it nothing of ours is left at the far side but what was committed.
  virtual Status abort() = 0;

  // Lets go of the far side. What is open is aborted; what is prepared stays prepared.
  virtual Status close() = 0;
};

}  // namespace slotcast::sink
