#include "lib/journal/journal.h"

#include <limits>

#include "lib/base/ensure.h"
#include "lib/journal/load.h"

namespace slotcast::journal {
namespace {

constexpr const char* kNames[2] = {"journal.0", "journal.1"};

Entry entry_of(EntryKind kind, const std::string& branch) {
  Entry entry;
  entry.kind = kind;
  entry.branch = branch;
  return entry;
}

RecordHeader header_of(std::uint64_t generation, std::uint64_t number, std::uint64_t synced) {
  RecordHeader header;
  header.generation = generation;
  header.number = number;
  header.synced = synced;
  return header;
}

Status create_half(io::Directory& directory, const std::string& name, std::uint64_t size_bytes) {
  const std::string temporary = name + ".new";
  TRY(directory.remove(temporary));
  TRY_ASSIGN(auto file, directory.open(temporary, io::OpenMode::Create));
  TRY(zero_fill(*file, size_bytes));
  if (name == kNames[0]) {
    std::vector<std::byte> first;
    append_record(first, header_of(1, 1, 0), encode(entry_of(EntryKind::Snapshot, "")));
    TRY(file->write_at(0, first));
  }
  TRY(file->sync());
  TRY(directory.rename(temporary, name, false));
  return directory.sync("");
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(io::Directory& directory, std::uint64_t file_bytes) {
  // The second half is made first: a journal that has its first half is complete.
  TRY_ASSIGN(const bool has_first, directory.exists(kNames[0]));
  TRY_ASSIGN(const bool has_second, directory.exists(kNames[1]));
  if (has_first && !has_second) return corrupt("journal: journal.1 is missing");
  if (!has_second) TRY(create_half(directory, kNames[1], file_bytes));
  if (!has_first) TRY(create_half(directory, kNames[0], file_bytes));

  std::unique_ptr<Journal> journal(new Journal);
  for (int i = 0; i < 2; ++i) {
    Half& half = journal->halves_[i];
    half.name = kNames[i];
    TRY_ASSIGN(half.file, directory.open(half.name, io::OpenMode::ReadWrite));
    TRY_ASSIGN(half.size_bytes, half.file->size());
  }
  TRY(journal->load());
  return journal;
}

Status Journal::load() {
  Loaded loaded[2];
  for (int i = 0; i < 2; ++i) {
    TRY_ASSIGN(loaded[i], load_half(*halves_[i].file, halves_[i].name));
  }
  if (!loaded[0].usable && !loaded[1].usable) {
    return corrupt("journal: both halves begin with a damaged snapshot");
  }
  current_ = loaded[0].usable && (!loaded[1].usable || loaded[0].generation > loaded[1].generation)
                 ? 0
                 : 1;
  const Loaded& mine = loaded[current_];
  const Loaded& other = loaded[1 - current_];
  if (mine.damage) return *mine.damage;
  // Records are added to a half only after its snapshot was synced: a half without a snapshot that
  // holds records newer than ours lost it to damage, not to a crash.
  if (!other.usable && other.generation > mine.generation) {
    return corrupt("journal " + halves_[1 - current_].name +
                   ": its snapshot is damaged, although it had been synced");
  }
  generation_ = mine.generation;
  offset_ = mine.end_bytes;
  last_number_ = synced_ = mine.last_number;
  states_ = mine.states;
  // What was found may still be in the page cache only; and a stale tail must not follow us.
  return switch_halves(0);
}

std::optional<BranchState> Journal::state(const std::string& branch) const {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(branch);
  if (found == states_.end()) return std::nullopt;
  return found->second;
}

States Journal::states() const {
  const std::lock_guard lock(mutex_);
  return states_;
}

Sequence Journal::claim() const {
  const std::lock_guard lock(mutex_);
  Sequence lowest{std::numeric_limits<std::uint64_t>::max()};
  for (const auto& [branch, state] : states_) {
    if (state.mode != Mode::Detached) lowest = std::min(lowest, state.checkpoint.next);
  }
  return lowest;
}

std::optional<Lsn> Journal::delivered() const {
  const std::lock_guard lock(mutex_);
  std::optional<Lsn> lowest;
  for (const auto& [branch, state] : states_) {
    if (state.mode == Mode::Detached) continue;
    lowest = std::min(lowest.value_or(state.checkpoint.lsn), state.checkpoint.lsn);
  }
  return lowest;
}

Status Journal::note_intent(const std::string& branch, const Intent& intent) {
  Entry entry = entry_of(EntryKind::Intent, branch);
  entry.intent = intent;
  return commit(std::move(entry), true);
}

Status Journal::note_checkpoint(const std::string& branch, const Checkpoint& checkpoint,
                                bool wait) {
  Entry entry = entry_of(EntryKind::Checkpoint, branch);
  entry.checkpoint = checkpoint;
  return commit(std::move(entry), wait);
}

Status Journal::note_mode(const std::string& branch, Mode mode) {
  Entry entry = entry_of(EntryKind::Mode, branch);
  entry.mode = mode;
  return commit(std::move(entry), true);
}

Status Journal::forget(const std::string& branch) {
  return commit(entry_of(EntryKind::Forget, branch), true);
}

// Queues the entry; the first caller that waits takes the whole queue to the disk for all.
Status Journal::commit(Entry entry, bool wait) {
  std::vector<std::byte> payload = encode(entry);
  std::unique_lock lock(mutex_);
  if (failure_) return *failure_;
  const std::uint64_t number = ++last_number_;
  queue_.push_back({number, std::move(entry), std::move(payload)});
  if (!wait) return {};
  while (synced_ < number && !failure_) {
    if (busy_) {
      done_.wait(lock);
      continue;
    }
    busy_ = true;
    std::deque<Queued> queue = std::move(queue_);
    queue_.clear();
    lock.unlock();
    const Status written = write_queue(std::move(queue));
    lock.lock();
    busy_ = false;
    if (!written.ok()) failure_ = written.error().prefixed("journal");
    done_.notify_all();
  }
  return failure_ ? Status(*failure_) : Status();
}

Status Journal::write_queue(std::deque<Queued> queue) {
  std::uint64_t needed = 0;
  for (const Queued& queued : queue) {
    needed += kRecordHeaderBytes + queued.payload.size() + kRecordAlignment;
  }
  if (offset_ + needed > halves_[current_].size_bytes) TRY(switch_halves(needed));
  std::vector<std::byte> bytes;
  for (const Queued& queued : queue) put_record(bytes, queued.number, queued.payload);
  TRY(halves_[current_].file->write_at(offset_, bytes));
  TRY(halves_[current_].file->sync());
  offset_ += bytes.size();
  const std::lock_guard lock(mutex_);
  for (const Queued& queued : queue) apply(states_, queued.entry);
  synced_ = queue.back().number;
  return {};
}

void Journal::put_record(std::vector<std::byte>& out, std::uint64_t number, Bytes payload) const {
  append_record(out, header_of(generation_, number, synced_), payload);
}

// The other half begins with a snapshot of what is durable, under the number of the last record it
// covers; it counts only when synced, and until then the current half says the same.
Status Journal::switch_halves(std::uint64_t needed_bytes) {
  Entry snapshot = entry_of(EntryKind::Snapshot, "");
  snapshot.snapshot = states();
  Half& next = halves_[1 - current_];
  std::vector<std::byte> bytes;
  append_record(bytes, header_of(generation_ + 1, synced_, synced_), encode(snapshot));
  const std::uint64_t wanted = bytes.size() + needed_bytes;
  TRY(next.file->write_at(0, bytes));
  if (wanted > next.size_bytes) {
    // Many branches or long tokens: grow past the reserved space rather than stop.
    const std::vector<std::byte> zeros(wanted - bytes.size());
    TRY(next.file->write_at(bytes.size(), zeros));
    next.size_bytes = wanted;
  }
  TRY(next.file->sync());
  current_ = 1 - current_;
  ++generation_;
  offset_ = bytes.size();
  return {};
}

}  // namespace slotcast::journal
