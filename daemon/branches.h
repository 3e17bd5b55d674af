#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/branch/branch.h"
#include "lib/journal/journal.h"

namespace slotcast {

// The branches of a pipeline, one a sink, asked and told all together. Owned by the pipeline.
//
// Threads: add() before the others are called; those from any thread.
class Branches {
 public:
  using List = std::vector<std::unique_ptr<branch::Branch>>;

  void add(std::unique_ptr<branch::Branch> branch) { list_.push_back(std::move(branch)); }
  const List& list() const { return list_; }

  void start();
  // Each ends when it has everything before `until`.
  void finish_at(Lsn until);
  // Asks each to end behind its batch. wait() is true when all have, before `deadline`; those that
  // have not are named in a message.
  void stop();
  bool wait(Clock& clock, SteadyTime deadline) const;
  void join();

  // None delivers anything: all have ended, failed, or stand.
  bool finished() const;
  // Of a `run --until`: nothing more will come of any of them.
  bool done(const journal::Journal& journal) const;
  bool all_reached_until() const;
  bool any_failed() const;
  // Those that are paused or detached, for people; empty when there are none.
  std::string halted() const;

 private:
  List list_;
};

}  // namespace slotcast
