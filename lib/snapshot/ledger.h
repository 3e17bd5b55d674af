#pragma once

#include <map>
#include <mutex>
#include <set>

#include "lib/base/clock.h"
#include "lib/snapshot/plan.h"
#include "lib/snapshot/progress.h"

namespace slotcast::snapshot {

// Which ranges are still to be copied, by whom, and how far that is. Shared by the workers.
// Threads: any.
class Ledger {
 public:
  // `present` are the ranges that earlier processes copied.
  Ledger(const Plan& plan, const std::set<std::uint64_t>& present, Clock& clock);

  // The first range that nobody has taken; nothing when there is none now.
  const Range* take();
  // The range that take() would give; 0 when there is none.
  std::uint64_t next() const;
  // It could not be copied, and is there for the next one.
  void give_back(const Range& range);
  // Rows of the range so far.
  void note_rows(const Range& range, std::uint64_t rows);
  // It is copied, or will never be (0 rows).
  void finish(const Range& range, std::uint64_t rows, std::uint64_t bytes);
  bool is_finished() const;

  // Tables, bytes and the time left.
  Progress progress() const;

 private:
  const Plan& plan_;
  Clock& clock_;
  const SteadyTime began_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::set<std::uint64_t> free_;
  std::map<std::uint64_t, std::uint64_t> taken_;  // range: rows so far
  std::vector<TableProgress> tables_;
  std::uint64_t bytes_before_ = 0;  // copied by earlier processes
};

}  // namespace slotcast::snapshot
