#include "lib/snapshot/snapshot.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

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
  TRY_ASSIGN(task->plan, make_plan(reader.connection(), *parts_.pg, tables, options_.range_bytes));
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

void Snapshot::start(Copier::OnFailure on_failure, Ask ask) {
  if (!side_) return;
  on_failure_ = std::move(on_failure);
  ask_ = std::move(ask);
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
  if (!task_ && needs_server()) retry([this] { return make_task(); });
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
  copier_->start(
      on_failure_, [this](const Range& range, const std::string& why) { note_missing(range, why); },
      [this] { return note_interrupted(); });
  while (!stopping_ && !copier_->is_finished()) std::this_thread::sleep_for(kTick);
  if (copier_->is_finished()) {
    retry([this] { return ask_for_rest(); });
    diag::info("snapshot", "copied; the sinks may still be reading it");
  }
  copier_->stop();
}

// Until it is done, cannot be, or the daemon ends.
void Snapshot::retry(const std::function<Status()>& step) {
  SystemRandom random;
  Backoff backoff;
  while (!stopping_) {
    const Status done = step();
    if (done.ok()) return;
    if (done.error().kind != ErrorKind::Transient) return on_failure_(done.error());
    const SteadyTime end = parts_.clock->now() + backoff.next(random);
    while (!stopping_ && parts_.clock->now() < end) std::this_thread::sleep_for(kTick);
  }
}

bool Snapshot::needs_server() const {
  const std::lock_guard lock(mutex_);
  return present_.size() < range_count_ || memory_->is_interrupted || !memory_->again.empty();
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
  TRY_ASSIGN(task->plan, resume_plan(connection, *parts_.pg, memory));
  task->visible = memory.visible;
  task->point = point_of(memory.point, memory.time);
  task_ = std::move(task);
  return {};
}

void Snapshot::note_missing(const Range& range, const std::string& why) {
  const std::lock_guard lock(mutex_);
  const Memory::Table& table = memory_->tables[range.table];
  diag::warning("snapshot", "the table will be read again as it is now",
                {{"table", table.schema + "." + table.table}, {"because", why}});
  memory_->again.insert(table.oid);
  if (Status written = write_memory(*parts_.state, *memory_); !written.ok()) {
    on_failure_(written.error());
  }
}

Status Snapshot::note_interrupted() {
  const std::lock_guard lock(mutex_);
  if (memory_->is_interrupted) return {};
  Memory noted = *memory_;
  noted.is_interrupted = true;
  TRY(write_memory(*parts_.state, noted));
  memory_ = std::move(noted);
  return {};
}

// After an interruption: rows that changed since the snapshot, where the stream may have left out
// long values of theirs. On a cluster that has used up its 32-bit transaction ids once, old rows
// may look like new ones, and are asked for as well.
Status Snapshot::ask_for_rest() {
  Memory memory;
  {
    const std::lock_guard lock(mutex_);
    memory = *memory_;
  }
  const bool is_wrapped =
      std::strtoull(memory.visible.c_str(), nullptr, 10) >= (std::uint64_t{1} << 32);
  for (const PlannedTable& planned : copier_->plan().tables) {
    const Relation& relation = planned.table.relation;
    if (planned.is_gone) continue;
    const bool is_whole = memory.again.count(relation.id.oid) > 0;
    // With the whole old row the stream has every value; without a key it has no updates.
    const bool is_full = relation.replica_identity == 'f' && !planned.catalog.is_full_in_part;
    const bool has_key =
        !is_full && std::any_of(relation.columns.begin(), relation.columns.end(),
                                [](const Column& column) { return column.is_key; });
    const bool is_some =
        memory.is_interrupted && has_key && (planned.table.has_long_values || is_wrapped);
    if (!is_whole && !is_some) continue;
    Request request;
    request.sinks = {memory.sinks.begin(), memory.sinks.end()};
    request.schema = relation.schema;
    request.table = relation.table;
    if (!is_whole) request.visible = memory.visible;
    TRY(ask_(std::move(request)));
  }
  memory.is_interrupted = false;
  memory.again.clear();
  TRY(write_memory(*parts_.state, memory));
  const std::lock_guard lock(mutex_);
  memory_ = std::move(memory);
  return {};
}

void Snapshot::retire(Sequence claim) {
  if (!side_ || !is_open()) return;
  for (const log::Segment& segment : side_->drop_passed(claim)) {
    // One that stays is removed by the next start.
    (void)parts_.directory->remove(segment.name).ok();
  }
  // Those who wanted it may be gone before it is there: the copier ends first.
  if (!log::is_in_snapshot(claim) && !is_copying()) finish();
}

// Every branch is in the stream: so every range was there. What follows from an interruption has to
// be asked for first.
void Snapshot::finish() {
  const std::lock_guard lock(mutex_);
  if (memory_->is_interrupted || !memory_->again.empty()) return;
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

}  // namespace slotcast::snapshot
