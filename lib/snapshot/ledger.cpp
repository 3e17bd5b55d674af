#include "lib/snapshot/ledger.h"

#include <chrono>

namespace slotcast::snapshot {

const char* name_of(State state) {
  switch (state) {
    case State::None:
      return "none";
    case State::Copying:
      return "copying";
    case State::Copied:
      return "copied";
    case State::Done:
      return "done";
  }
  return "unknown";
}

Ledger::Ledger(const Plan& plan, const std::set<std::uint64_t>& present, Clock& clock)
    : plan_(plan), clock_(clock), began_(clock.now()) {
  for (const PlannedTable& planned : plan.tables) {
    TableProgress table;
    table.table = planned.table.relation.full_name();
    for (const pg::TablePart& part : planned.table.parts) {
      table.rows_estimated += part.rows_estimated;
    }
    tables_.push_back(std::move(table));
  }
  for (const Range& range : plan.ranges) {
    tables_[range.table].planned_bytes += range.bytes;
    if (present.count(range.number) == 0) {
      free_.insert(range.number);
    } else {
      tables_[range.table].done_bytes += range.bytes;
      bytes_before_ += range.bytes;
    }
  }
}

const Range* Ledger::take() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) return nullptr;
  const std::uint64_t number = *free_.begin();
  free_.erase(free_.begin());
  taken_[number] = 0;
  return &plan_.ranges[number - 1];
}

std::uint64_t Ledger::next() const {
  const std::lock_guard lock(mutex_);
  return free_.empty() ? 0 : *free_.begin();
}

void Ledger::give_back(const Range& range) {
  const std::lock_guard lock(mutex_);
  taken_.erase(range.number);
  free_.insert(range.number);
}

void Ledger::note_rows(const Range& range, std::uint64_t rows) {
  const std::lock_guard lock(mutex_);
  taken_[range.number] = rows;
}

void Ledger::finish(const Range& range, std::uint64_t rows, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  taken_.erase(range.number);
  TableProgress& table = tables_[range.table];
  table.rows += rows;
  table.bytes += bytes;
  table.done_bytes += range.bytes;
}

bool Ledger::is_finished() const {
  const std::lock_guard lock(mutex_);
  return free_.empty() && taken_.empty();
}

Progress Ledger::progress() const {
  const std::lock_guard lock(mutex_);
  Progress progress;
  progress.tables = tables_;
  for (const auto& [number, rows] : taken_) {
    progress.tables[plan_.ranges[number - 1].table].rows += rows;
  }
  for (const TableProgress& table : tables_) {
    progress.done_bytes += table.done_bytes;
    progress.planned_bytes += table.planned_bytes;
  }
  const double elapsed = std::chrono::duration<double>(clock_.now() - began_).count();
  const std::uint64_t copied = progress.done_bytes - bytes_before_;
  if (progress.done_bytes == progress.planned_bytes) {
    progress.seconds_left = 0;
  } else if (copied > 0) {
    progress.seconds_left = elapsed *
                            static_cast<double>(progress.planned_bytes - progress.done_bytes) /
                            static_cast<double>(copied);
  }
  return progress;
}

}  // namespace slotcast::snapshot
