#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lib/sink/sink.h"

// What every sink owes its branch, as a test that any connector runs against its own far side. The
// test plays the branch: it keeps a journal of one intent and one checkpoint, loses everything else
// at every step, and asks in the end whether each row is there once.

namespace slotcast::test {

// One connector's world, empty at the start. Outlives the sinks that are made for it.
class FarSide {
 public:
  virtual ~FarSide() = default;

  // A sink as a new process has it: not open yet. There is one at a time; one that is destroyed
  // without close() is a process that was killed.
  virtual std::unique_ptr<sink::Sink> connect() = 0;

  // The ordinals of the visible rows, by table, in the order of their becoming visible.
  using Visible = std::map<std::string, std::vector<std::uint64_t>>;
  virtual Visible visible() = 0;
  // False for a sink that keeps nothing: then only its answers are checked.
  virtual bool keeps_rows() const { return true; }
  // False when nobody but the process that prepared a batch can make it visible: then the batch is
  // absent in later ones.
  virtual bool keeps_prepared() const { return true; }
  // Whether a new connection takes long; then processes are not killed at every pair of steps.
  virtual bool is_slow() const { return false; }
  // What lies there but is not visible: temporary files, open transactions.
  virtual std::size_t unfinished() = 0;

  // Lets the `call`-th access from now on (0: the next one) fail as Transient, once. False when
  // the far side has no such way.
  virtual bool fail_call(std::size_t call) {
    static_cast<void>(call);
    return false;
  }
  // Whether that access has come.
  virtual bool has_failed() const { return false; }
};

using FarSideMaker = std::function<std::unique_ptr<FarSide>()>;

// Call in a TEST_CASE of its own; it has sections.
void check_sink_contract(const FarSideMaker& make);
// The last of them alone, for far sides whose accesses fail in more ways than one.
void check_any_access_failing(const FarSideMaker& make);

}  // namespace slotcast::test
