#include "lib/snapshot/chunker.h"

#include <algorithm>
#include <chrono>
#include <limits>

#include "lib/base/diag.h"
#include "lib/base/thread.h"
#include "lib/log/side_segments.h"
#include "lib/log/side_writer.h"
#include "lib/pgoutput/encode.h"

namespace slotcast::snapshot {
namespace {

using std::chrono::milliseconds;

constexpr Duration kTick = milliseconds(20);
constexpr Duration kWaitForLog = milliseconds(200);
// Between two looks at whether a chunk could be right.
constexpr Backoff::Options kLook{milliseconds(20), std::chrono::seconds(2)};
constexpr std::size_t kChunkBytes = 4 << 20;
// Of chunk numbers, taken at a time: none is ever used twice.
constexpr std::uint64_t kNumbers = 1000;

std::string low_marker_of(const std::string& marker) {
  return marker + " begins";
}

}  // namespace

Chunker::Chunker(Parts parts, IsRouted is_routed)
    : parts_(parts),
      is_routed_(std::move(is_routed)),
      feed_(parts.log->segments(), {}, *parts.cache) {}

Chunker::~Chunker() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

Status Chunker::load(Sequence claim, bool forget_losses) {
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(memory_, read_chunk_memory(*parts_.state));
  if (forget_losses && !memory_.losses.empty()) {
    memory_.losses.clear();
    TRY(write_chunk_memory(*parts_.state, memory_));
  }
  std::erase_if(memory_.ready, [&](const ReadyChunk& ready) { return ready.end <= claim; });
  std::set<std::string> wanted;
  for (const ReadyChunk& ready : memory_.ready) {
    const std::string name = log::segment_name(log::first_record_of(ready.number));
    wanted.insert(name);
    TRY_ASSIGN(log::Segment segment, log::open_side_segment(*parts_.directory, name));
    parts_.chunks->restore(ready.number, ready.sinks, std::move(segment), ready.end);
  }
  TRY_ASSIGN(const auto entries, parts_.directory->list(""));
  for (const io::DirectoryEntry& entry : entries) {
    if (wanted.count(entry.name) == 0) TRY(parts_.directory->remove(entry.name));
  }
  return {};
}

Status Chunker::request(Request request) {
  const std::lock_guard lock(mutex_);
  for (const Request& known : memory_.requests) {
    if (known.sinks == request.sinks && known.schema == request.schema &&
        known.table == request.table && known.visible == request.visible) {
      return {};
    }
  }
  ChunkMemory more = memory_;
  more.requests.push_back(std::move(request));
  TRY(write_chunk_memory(*parts_.state, more));
  memory_ = std::move(more);
  return {};
}

void Chunker::start(OnFailure on_failure) {
  on_failure_ = std::move(on_failure);
  ended_ = false;
  thread_ = std::thread([this] {
    name_thread("chunks");
    yield_to_others();
    run();
    ended_ = true;
  });
}

bool Chunker::stop(Duration patience) {
  stopping_ = true;
  const SteadyTime deadline = parts_.clock->now() + patience;
  while (!ended_ && parts_.clock->now() < deadline) std::this_thread::sleep_for(kTick);
  return ended_;
}

void Chunker::run() {
  SystemRandom random;
  Backoff backoff;
  while (!stopping_) {
    if (is_idle()) {
      std::this_thread::sleep_for(kTick);
      continue;
    }
    const Status ended = session();
    feed_.let_go();
    if (stopping_) return;
    if (ended.ok()) {
      backoff.reset();
      continue;
    }
    if (ended.error().kind != ErrorKind::Transient) return on_failure_(ended.error());
    note_error(ended.error().what);
    diag::warning("chunks", "will try again", {{"error", ended.error().what}});
    pause(backoff.next(random));
  }
}

// One connection, until there is nothing more to read.
Status Chunker::session() {
  TRY_ASSIGN(ChunkReader reader, ChunkReader::open(*parts_.pg));
  TRY(begin_scan());
  TRY_ASSIGN(scan_began_, reader.newest_transaction());
  committed_.clear();
  window_ = {};
  window_.set_unknown(front().again);
  while (!stopping_ && !is_idle()) TRY(step(reader));
  if (stopping_) return {};
  const std::lock_guard lock(mutex_);
  progress_ = {};
  return remember([](ChunkMemory& memory) { memory.scanned = {}; });
}

// From here on every change is looked at; and every chunk gets a number of its own.
Status Chunker::begin_scan() {
  const std::lock_guard lock(mutex_);
  if (memory_.scanned.value == 0) {
    const log::Mark end = parts_.log->tail().durable();
    memory_.scanned = end.record + 1;
    memory_.scanned_lsn = end.lsn;
  }
  numbers_end_ = memory_.next_number + kNumbers;
  ChunkMemory reserved = memory_;
  reserved.next_number = numbers_end_;
  TRY(write_chunk_memory(*parts_.state, reserved));
  return feed_.start({memory_.scanned, memory_.scanned_lsn, {}});
}

Status Chunker::step(ChunkReader& reader) {
  const Request request = front();
  if (request.table.empty()) return look_up(reader, request);
  if (request.is_read && request.again.empty()) {
    diag::info("chunks", "read", {{"table", request.schema + "." + request.table}});
    const std::lock_guard lock(mutex_);
    window_ = {};
    return remember([](ChunkMemory& memory) { memory.requests.erase(memory.requests.begin()); });
  }
  return read_chunk(reader, request);
}

// A sink's tables are those that its routes name now.
Status Chunker::look_up(ChunkReader& reader, const Request& request) {
  TRY_ASSIGN(const auto tables, reader.tables());
  const std::lock_guard lock(mutex_);
  std::vector<Request> found;
  for (const pg::SourceTable& table : tables) {
    Request one = request;
    std::erase_if(one.sinks, [&](const std::string& sink) { return !is_routed_(table, sink); });
    one.schema = table.schema;
    one.table = table.table;
    if (!one.sinks.empty()) found.push_back(std::move(one));
  }
  return remember([&](ChunkMemory& memory) {
    memory.requests.erase(memory.requests.begin());
    memory.requests.insert(memory.requests.begin(), found.begin(), found.end());
  });
}

Status Chunker::read_chunk(ChunkReader& reader, const Request& request) {
  TRY(wait_for_sight(reader));
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = memory_.next_number++;
    if (memory_.next_number == numbers_end_) {
      numbers_end_ += kNumbers;
      TRY(remember([](ChunkMemory&) {}));
    }
    const std::string table = request.schema + "." + request.table;
    if (progress_.table != table) progress_.rows = 0;
    progress_.table = table;
    progress_.sinks = request.sinks;
    progress_.waiting = memory_.requests.size() - 1;
  }
  const std::string marker = parts_.chunks->marker_of(number);
  parts_.chunks->expect(number, request.sinks);
  const auto stop_when_told = [this]() -> Status {
    return stopping_ ? Status(transient("stopping")) : Status();
  };
  Status done = reader.mark(low_marker_of(marker));
  if (done.ok()) {
    auto rows = reader.read(request, kChunkBytes, stop_when_told);
    if (!rows.ok() && rows.error().kind == ErrorKind::Invalid) {
      parts_.chunks->drop(number);
      return drop_request(rows.error().what);
    }
    done = rows.status();
    if (done.ok()) done = reader.mark(marker);
    if (done.ok()) done = resolve(number, std::move(rows).value(), request);
  }
  // Who came to its marker goes on without.
  if (!done.ok()) parts_.chunks->drop(number);
  return done;
}

Status Chunker::resolve(std::uint64_t number, ChunkRows rows, const Request& request) {
  const std::string marker = parts_.chunks->marker_of(number);
  bool fits = true;
  const std::set<Key> unknown_before = window_.unknown();
  TRY(scan_to(low_marker_of(marker), rows, fits).status());
  if (request.is_read) {
    std::set<Key> others = window_.unknown();
    for (const Key& key : request.again) others.erase(key);
    window_.set_unknown(std::move(others));
  }
  const bool saw = saw_all(rows.seen_by);
  window_.begin(rows.relation);
  for (auto& message : rows.rows) window_.add_row(std::move(message));
  const bool has_rows = !rows.rows.empty();
  rows.rows.clear();
  TRY_ASSIGN(const branch::Slice at, scan_to(marker, rows, fits));
  if (saw && fits) return keep(number, rows, has_rows, at, request);
  window_.end();
  std::set<Key> unknown = window_.unknown();
  unknown.insert(unknown_before.begin(), unknown_before.end());
  window_.set_unknown(std::move(unknown));
  parts_.chunks->drop(number);
  return {};
}

// Until a snapshot sees all that stands in the stream: a chunk read before would be read in vain.
Status Chunker::wait_for_sight(ChunkReader& reader) {
  SystemRandom random;
  Backoff backoff(kLook);
  while (!stopping_) {
    TRY_ASSIGN(const SeenBy now, reader.seen_by());
    if (saw_all(now)) return {};
    pause(backoff.next(random));
  }
  return transient("stopping");
}

// Takes every change up to the transaction that carries `marker`, which it returns.
Result<branch::Slice> Chunker::scan_to(const std::string& marker, const ChunkRows& rows,
                                       bool& fits) {
  while (!stopping_) {
    if (const auto failure = parts_.log->tail().failure()) return *failure;
    const Sequence written = parts_.log->tail().written().record;
    TRY_ASSIGN(const auto slice, feed_.next(written));
    if (!slice) {
      parts_.log->tail().wait_written(written, kWaitForLog);
      continue;
    }
    for (const Change& change : slice->changes) {
      committed_.insert(change.xid);
      if (change.relation->id == rows.relation.id) {
        fits &= window_.take(change, !rows.seen_by.misses(change.xid));
      }
    }
    if (slice->marker == marker) return *slice;
  }
  return transient("stopping");
}

// Whether the chunk's snapshot sees every transaction that stands before its first marker. Those it
// sees need not be looked at any more.
bool Chunker::saw_all(const SeenBy& seen_by) {
  std::erase_if(committed_, [&](std::uint32_t xid) { return !seen_by.misses(xid); });
  const bool saw_older = seen_by.oldest() >= scan_began_;
  if (!saw_older) {
    note_error("waiting for the end of transaction " + std::to_string(seen_by.oldest()) +
               ", which began before the reading");
  } else if (!committed_.empty()) {
    note_error("waiting until everybody sees transaction " + std::to_string(*committed_.begin()) +
               ", which is committed: a synchronous standby may not have answered");
  } else {
    note_error("");
  }
  return saw_older && committed_.empty();
}

Status Chunker::keep(std::uint64_t number, const ChunkRows& rows, bool has_rows,
                     const branch::Slice& at, const Request& request) {
  const Key last = window_.last_key();
  const auto messages = window_.end();
  const journal::Checkpoint after = feed_.position();
  // A log that loses its end in a power cut numbers what comes again anew.
  while (!parts_.log->tail().wait_durable({after.next.value - 1}, kWaitForLog)) {
    if (const auto failure = parts_.log->tail().failure()) return *failure;
    if (stopping_) return transient("stopping");
  }
  std::optional<log::Segment> segment;
  if (!messages.empty()) {
    TRY_ASSIGN(segment, write(number, rows, at, messages));
  }
  const std::lock_guard lock(mutex_);
  const Status remembered = remember([&](ChunkMemory& memory) {
    Request& now = memory.requests.front();
    if (!request.is_read) {
      if (has_rows) now.after = last;
      now.is_read = rows.is_end;
    }
    now.again = window_.unknown();
    memory.scanned = after.next;
    memory.scanned_lsn = after.lsn;
    if (segment) memory.ready.push_back({number, request.sinks, after.next});
  });
  if (!remembered.ok()) {
    // It gets another number when it is read again, and a full disk must not stay full of this one.
    if (segment) TRY(parts_.directory->remove(segment->name));
    return remembered;
  }
  progress_.rows += messages.size();
  if (segment) {
    parts_.chunks->add(number, std::move(*segment), after.next);
  } else {
    parts_.chunks->drop(number);
  }
  return {};
}

Result<log::Segment> Chunker::write(std::uint64_t number, const ChunkRows& rows,
                                    const branch::Slice& at,
                                    const std::vector<std::vector<std::byte>>& messages) {
  SystemRandom random;
  const auto begin = pgoutput::encode(pgoutput::Begin{at.commit_lsn, at.commit_time, 0});
  const auto commit =
      pgoutput::encode(pgoutput::Commit{at.commit_lsn, at.commit_lsn, at.commit_time});
  const log::SideWriter::Range where{log::first_record_of(number), log::kRecordsPerRange,
                                     at.commit_lsn, begin, commit};
  TRY_ASSIGN(log::SideWriter writer, log::SideWriter::create(*parts_.directory, where, random));
  const std::uint32_t oid = rows.relation.id.oid;
  writer.add_schema(log::RecordType::Catalog, oid, pgoutput::encode(rows.catalog));
  writer.add_schema(log::RecordType::Relation, oid, pgoutput::encode(rows.relation));
  Status written;
  for (auto message = messages.begin(); message != messages.end() && written.ok(); ++message) {
    written = writer.append_row(*message);
  }
  if (written.ok()) {
    auto segment = writer.finish();
    if (segment.ok()) return segment;
    written = segment.error();
  }
  // Half a chunk is of no use, and a full disk must not stay full of it.
  TRY(writer.abandon());
  return written.error();
}

Status Chunker::drop_request(const std::string& why) {
  const std::lock_guard lock(mutex_);
  const Request request = memory_.requests.front();
  std::string sinks;
  for (const std::string& sink : request.sinks) sinks += (sinks.empty() ? "" : ", ") + sink;
  const std::string loss = "table " + request.schema + "." + request.table +
                           " could not be read for sink " + sinks + ": " + why +
                           ". A start with --accept-gap takes note of it";
  diag::error("chunks", "rows are missing", {{"table", loss}});
  window_ = {};
  return remember([&](ChunkMemory& memory) {
    memory.losses.push_back(loss);
    memory.requests.erase(memory.requests.begin());
  });
}

// Under the mutex. Nothing has changed when it could not be made durable: on a full disk, say.
Status Chunker::remember(const std::function<void(ChunkMemory&)>& change) {
  ChunkMemory changed = memory_;
  change(changed);
  ChunkMemory durable = changed;
  durable.next_number = std::max(numbers_end_, changed.next_number);
  TRY(write_chunk_memory(*parts_.state, durable));
  memory_ = std::move(changed);
  return {};
}

Request Chunker::front() const {
  const std::lock_guard lock(mutex_);
  return memory_.requests.empty() ? Request() : memory_.requests.front();
}

Sequence Chunker::claim() const {
  const std::lock_guard lock(mutex_);
  return memory_.scanned.value != 0 ? memory_.scanned
                                    : Sequence{std::numeric_limits<std::uint64_t>::max()};
}

void Chunker::retire(Sequence claim) {
  for (const auto& [number, segment] : parts_.chunks->drop_passed(claim)) {
    // One that stays is removed by the next start.
    (void)parts_.directory->remove(segment.name).ok();
    const std::lock_guard lock(mutex_);
    std::erase_if(memory_.ready,
                  [&number = number](const ReadyChunk& ready) { return ready.number == number; });
  }
}

bool Chunker::is_idle() const {
  const std::lock_guard lock(mutex_);
  return memory_.requests.empty();
}

ChunkProgress Chunker::progress() const {
  const std::lock_guard lock(mutex_);
  ChunkProgress progress = progress_;
  if (progress.table.empty() && !memory_.requests.empty()) {
    progress.sinks = memory_.requests.front().sinks;
    progress.waiting = memory_.requests.size();
  }
  return progress;
}

std::vector<std::string> Chunker::losses() const {
  const std::lock_guard lock(mutex_);
  return memory_.losses;
}

// Logged once when it stays.
void Chunker::note_error(const std::string& what) {
  const std::lock_guard lock(mutex_);
  if (progress_.last_error == what) return;
  if (!what.empty()) diag::info("chunks", what);
  progress_.last_error = what;
}

void Chunker::pause(Duration duration) const {
  const SteadyTime end = parts_.clock->now() + duration;
  while (!stopping_ && parts_.clock->now() < end) std::this_thread::sleep_for(kTick);
}

}  // namespace slotcast::snapshot
