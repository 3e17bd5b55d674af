#include "lib/snapshot/snapshot.h"

#include <algorithm>
#include <chrono>

#include "lib/base/backoff.h"
#include "lib/base/diag.h"
#include "lib/base/thread.h"

namespace slotcast::snapshot {
namespace {

using std::chrono::milliseconds;

constexpr Duration kTick = milliseconds(20);

}  // namespace

Snapshot::~Snapshot() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

Status Snapshot::load() {
  TRY_ASSIGN(memory_, read_memory(*parts_.state));
  return {};
}

bool Snapshot::is_open() const {
  const std::lock_guard lock(mutex_);
  return memory_ && !memory_->is_done;
}

Status Snapshot::plan(std::unique_ptr<pg::Connection> exporter, const pg::NewSlot& slot,
                      const std::vector<pg::SourceTable>& tables, std::vector<std::string> sinks) {
  TRY_ASSIGN(Reader reader, Reader::open(*parts_.pg, slot.snapshot));
  TRY(reader.lock(tables));
  auto task = std::make_unique<Copier::Task>();
  TRY_ASSIGN(task->plan, make_plan(reader.connection(), tables, options_.range_bytes));
  TRY_ASSIGN(task->visible, reader.visible_snapshot());
  task->exported = slot.snapshot;
  task->exporter = std::move(exporter);
  task->reader = std::make_unique<Reader>(std::move(reader));
  Memory memory;
  memory.point = slot.consistent_point;
  memory.time = pg_time_from_unix(parts_.clock->wall().time_since_epoch().count());
  memory.visible = task->visible;
  memory.sinks = std::move(sinks);
  remember(task->plan, memory);
  task->point = point_of(memory.point, memory.time);
  TRY(write_memory(*parts_.state, memory));
  const std::lock_guard lock(mutex_);
  memory_ = std::move(memory);
  task_ = std::move(task);
  return {};
}

bool Snapshot::is_for(const std::string& sink) const {
  const std::lock_guard lock(mutex_);
  return memory_ && !memory_->is_done &&
         std::find(memory_->sinks.begin(), memory_->sinks.end(), sink) != memory_->sinks.end();
}

Lsn Snapshot::point() const {
  const std::lock_guard lock(mutex_);
  return memory_ ? memory_->point : Lsn{};
}

void Snapshot::attach(log::Tail& tail, Sequence claim) {
  if (!is_open()) return;
  side_ = std::make_unique<log::SideSegments>(tail);
  range_count_ = count_ranges(*memory_);
  claim_ = claim;
  side_->expect(range_count_);
}

void Snapshot::start(Copier::OnFailure on_failure) {
  if (!side_) return;
  on_failure_ = std::move(on_failure);
  ended_ = false;
  thread_ = std::thread([this] {
    name_thread("snapshot");
    run();
    ended_ = true;
  });
}

bool Snapshot::stop(Duration patience) {
  stopping_ = true;
  const SteadyTime deadline = parts_.clock->now() + patience;
  while (!ended_ && parts_.clock->now() < deadline) std::this_thread::sleep_for(kTick);
  return ended_;
}

// What is on the disk first, so that the branches can begin; then the server.
void Snapshot::run() {
  if (Status opened = open_ranges(); !opened.ok()) return on_failure_(opened.error());
  SystemRandom random;
  Backoff backoff;
  while (!task_ && present_.size() < range_count_ && !stopping_) {
    const Status made = make_task();
    if (made.ok()) break;
    if (made.error().kind != ErrorKind::Transient) return on_failure_(made.error());
    const SteadyTime end = parts_.clock->now() + backoff.next(random);
    while (!stopping_ && parts_.clock->now() < end) std::this_thread::sleep_for(kTick);
  }
  if (!task_ || stopping_) return;
  task_->present = present_;
  {
    const std::lock_guard lock(mutex_);
    copier_ = std::make_unique<Copier>(
        Copier::Parts{parts_.pg, parts_.directory, side_.get(), parts_.clock}, options_,
        std::move(*task_));
  }
  diag::info("snapshot", "copying",
             {{"ranges", std::to_string(range_count_ - present_.size())},
              {"workers", std::to_string(options_.workers)}});
  copier_->start(on_failure_, [this](const Range& range, const std::string& why) {
    forget_missing(range, why);
  });
  while (!stopping_ && !copier_->is_finished()) std::this_thread::sleep_for(kTick);
  if (copier_->is_finished()) diag::info("snapshot", "copied; the sinks may still be reading it");
  copier_->stop();
}

// A range without a file that lies before the claim was read by all.
Status Snapshot::open_ranges() {
  TRY_ASSIGN(const auto entries, parts_.directory->list(""));
  std::set<std::string> names;
  for (const io::DirectoryEntry& entry : entries) names.insert(entry.name);
  for (std::uint64_t range = 1; range <= range_count_ && !stopping_; ++range) {
    const std::string name = log::segment_name(log::first_record_of(range));
    if (names.erase(name) > 0) {
      TRY_ASSIGN(log::Segment segment, log::open_side_segment(*parts_.directory, name));
      side_->add(range, std::move(segment));
      present_.insert(range);
    } else if (claim_ > log::first_record_of(range)) {
      side_->leave_out(range);
      present_.insert(range);
    }
  }
  // Ranges that were being copied.
  for (const std::string& name : names) TRY(parts_.directory->remove(name));
  return {};
}

Status Snapshot::make_task() {
  Memory memory;
  {
    const std::lock_guard lock(mutex_);
    memory = *memory_;
  }
  TRY_ASSIGN(auto connection, pg::Connection::open(*parts_.pg, pg::Connection::Mode::Sql));
  auto task = std::make_unique<Copier::Task>();
  TRY_ASSIGN(task->plan, resume_plan(connection, memory));
  task->visible = memory.visible;
  task->point = point_of(memory.point, memory.time);
  task_ = std::move(task);
  return {};
}

void Snapshot::forget_missing(const Range& range, const std::string& why) {
  const std::lock_guard lock(mutex_);
  const Memory::Table& table = memory_->tables[range.table];
  const std::string sentence = "table " + table.schema + "." + table.table +
                               ": rows that it had before " + to_string(memory_->point) +
                               " are missing from the sinks: " + why;
  for (const std::string& known : memory_->losses) {
    if (known == sentence) return;
  }
  memory_->losses.push_back(sentence);
  diag::error("snapshot", "rows are missing", {{"table", sentence}});
  if (Status written = write_memory(*parts_.state, *memory_); !written.ok()) {
    diag::warning("snapshot", "cannot note what is missing", {{"error", written.error().what}});
  }
}

void Snapshot::retire(Sequence claim) {
  if (!side_ || !is_open()) return;
  for (const log::Segment& segment : side_->drop_passed(claim)) {
    // One that stays is removed by the next start.
    (void)parts_.directory->remove(segment.name).ok();
  }
  if (!log::is_in_snapshot(claim)) finish();
}

// Every branch is in the stream: so every range was there.
void Snapshot::finish() {
  const std::lock_guard lock(mutex_);
  Memory done = *memory_;
  done.is_done = true;
  done.tables.clear();
  if (Status written = write_memory(*parts_.state, done); !written.ok()) return;
  memory_ = std::move(done);
  diag::info("snapshot", "every sink has it");
}

Progress Snapshot::progress() const {
  const std::lock_guard lock(mutex_);
  Progress progress;
  if (!memory_) return progress;
  if (copier_) progress = copier_->progress();
  if (!copier_) progress.state = State::Copying;
  if (memory_->is_done) progress.state = State::Done;
  if (side_) progress.size_bytes = side_->size_bytes();
  progress.size_bytes_max = options_.disk_bytes_max;
  return progress;
}

std::vector<std::string> Snapshot::losses() const {
  const std::lock_guard lock(mutex_);
  return memory_ ? memory_->losses : std::vector<std::string>();
}

}  // namespace slotcast::snapshot
