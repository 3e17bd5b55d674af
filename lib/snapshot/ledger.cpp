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
      table.pages_total += part.pages;
    }
    tables_.push_back(std::move(table));
  }
  for (const Range& range : plan.ranges) {
    if (present.count(range.number) == 0) {
      free_.insert(range.number);
    } else {
      tables_[range.table].pages += range.page_count;
      pages_before_ += range.page_count;
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
  table.pages += range.page_count;
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
    progress.pages += table.pages;
    progress.pages_total += table.pages_total;
  }
  const double elapsed = std::chrono::duration<double>(clock_.now() - began_).count();
  const std::uint64_t copied = progress.pages - pages_before_;
  if (progress.pages == progress.pages_total) {
    progress.seconds_left = 0;
  } else if (copied > 0) {
    progress.seconds_left = elapsed * static_cast<double>(progress.pages_total - progress.pages) /
                            static_cast<double>(copied);
  }
  return progress;
}

}  // namespace slotcast::snapshot
