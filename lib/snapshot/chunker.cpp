#include "lib/snapshot/chunker.h"

#include <algorithm>
#include <chrono>
#include <limits>

#include "lib/base/diag.h"
#include "lib/base/thread.h"
#include "lib/log/side_segments.h"
#include "lib/log/side_writer.h"
#include "lib/pgoutput/encode.h"
#include "lib/snapshot/chunk_file.h"

namespace slotcast::snapshot {
namespace {

using std::chrono::milliseconds;

constexpr Duration kTick = milliseconds(20);
constexpr Duration kWaitForLog = milliseconds(200);
// Between two looks at whether a chunk could be right.
constexpr Backoff::Options kLook{milliseconds(20), std::chrono::seconds(2)};
constexpr Duration kLetGoInterval = milliseconds(200);
constexpr std::size_t kChunkBytes = 4 << 20;
constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();
// Rows that are read by their key, at a time.
constexpr std::size_t kAgainMax = 100;

std::string low_marker_of(const std::string& marker) {
  return marker + " begins";
}

}  // namespace

Chunker::Chunker(Parts parts, Asks asks)
    : parts_(std::move(parts)),
      ledger_(*parts_.state),
      queue_(ledger_, std::move(asks)),
      scan_(*parts_.log, *parts_.cache, stopping_) {}

Chunker::~Chunker() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

Status Chunker::load(const log::Chunks::PlaceOf& place_of, bool forget_losses) {
  TRY(ledger_.load(forget_losses));
  TRY(queue_.take_stock());
  std::set<std::string> wanted;
  std::set<std::uint64_t> passed;
  for (const ReadyChunk& ready : ledger_.copy().ready) {
    const bool is_passed =
        std::all_of(ready.sinks.begin(), ready.sinks.end(),
                    [&](const std::string& sink) { return ready.end <= place_of(sink); });
    if (is_passed) {
      passed.insert(ready.number);
      continue;
    }
    const std::string name = log::segment_name(log::first_record_of(ready.number));
    wanted.insert(name);
    TRY_ASSIGN(log::Segment segment, log::open_side_segment(*parts_.directory, name));
    parts_.chunks->restore(ready.number, ready.sinks, std::move(segment), ready.end);
  }
  TRY(ledger_.drop_ready(passed));
  TRY_ASSIGN(const auto entries, parts_.directory->list(""));
  for (const io::DirectoryEntry& entry : entries) {
    if (wanted.count(entry.name) == 0) TRY(parts_.directory->remove(entry.name));
  }
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
    const bool may_begin = !parts_.may_begin || parts_.may_begin();
    if (!may_begin || (queue_.is_idle() && !queue_.front().is_under_way())) {
      std::this_thread::sleep_for(kTick);
      continue;
    }
    const Status ended = session();
    scan_.let_go();
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
  TRY(begin_scan(reader));
  while (!stopping_) {
    if (!queue_.is_idle()) {
      TRY(step(reader));
    } else if (queue_.front().is_under_way()) {
      // Every change of a table that is half read has to be looked at, also while it is halted.
      note_error("waiting for a sink that is paused in the middle of " +
                 queue_.front().full_name());
      TRY(follow());
      pause(kWaitForLog);
    } else {
      break;
    }
  }
  if (stopping_) return {};
  {
    const std::lock_guard lock(mutex_);
    ChunkProgress idle;
    idle.rows_total = progress_.rows_total;
    progress_ = std::move(idle);
  }
  return ledger_.change([](ChunkMemory& memory) { memory.scanned = {}; });
}

// From here on every change is looked at.
Status Chunker::begin_scan(ChunkReader& reader) {
  ChunkMemory memory = ledger_.copy();
  if (memory.scanned.value == 0 || !queue_.front().is_under_way()) {
    const log::Mark end = parts_.log->tail().durable();
    memory.scanned = end.record + 1;
    memory.scanned_lsn = end.lsn;
    TRY(ledger_.change([&](ChunkMemory& changed) {
      changed.scanned = memory.scanned;
      changed.scanned_lsn = memory.scanned_lsn;
    }));
  }
  const journal::Checkpoint from{memory.scanned, memory.scanned_lsn, {}};
  TRY_ASSIGN(const std::uint64_t newest, reader.newest_transaction());
  return scan_.begin(from, newest, queue_.front().again);
}

Status Chunker::step(ChunkReader& reader) {
  TRY(queue_.choose());
  Request request = queue_.front();
  const bool is_done = request.is_read && request.again.empty();
  if (request.sinks.empty() || is_done) {
    scan_.forget_window();
    return ledger_.change(
        [](ChunkMemory& memory) { memory.requests.erase(memory.requests.begin()); });
  }
  if (request.table.empty()) {
    TRY_ASSIGN(const auto tables, reader.tables());
    return queue_.expand(request, tables);
  }
  if (request.is_resync && !request.is_begun) return begin_resync(reader, request);
  // So many rows are read whole, however large.
  while (request.again.size() > kAgainMax) request.again.erase(std::prev(request.again.end()));
  return read_chunk(reader, request);
}

// The sinks have to take what is on the disk before there is more.
Status Chunker::wait_for_room() {
  while (!stopping_ && parts_.chunks->size_bytes() >= parts_.disk_bytes_max) {
    note_error("waiting for the sinks to take the chunks that are on the disk");
    TRY(follow());
    pause(kWaitForLog);
  }
  return stopping_ ? Status(transient("stopping")) : Status();
}

Status Chunker::read_chunk(ChunkReader& reader, const Request& request) {
  TRY(wait_for_room());
  TRY(wait_for_sight(reader));
  TRY_ASSIGN(const std::uint64_t number, ledger_.take_number());
  {
    const std::size_t waiting = ledger_.copy().requests.size();
    const std::lock_guard lock(mutex_);
    if (progress_.table != request.full_name()) progress_.rows = 0;
    progress_.table = request.full_name();
    progress_.sinks = request.sinks;
    progress_.waiting = waiting - 1;
  }
  const std::string marker = parts_.chunks->marker_of(number);
  parts_.chunks->expect(number, request.sinks);
  const auto stop_when_told = [this]() -> Status {
    return stopping_ ? Status(transient("stopping")) : Status();
  };
  Status done = reader.mark(low_marker_of(marker));
  if (done.ok()) {
    auto rows = reader.read(request, request.is_read ? kNoLimit : kChunkBytes, stop_when_told);
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
  TRY(scan_.to(low_marker_of(marker), rows, fits, [this] { return let_log_go(); }).status());
  const std::set<Key> unknown_before = scan_.window().unknown();
  if (request.is_read) {
    std::set<Key> others = unknown_before;
    for (const Key& key : request.again) others.erase(key);
    scan_.window().set_unknown(std::move(others));
  }
  const bool saw = saw_all(rows.seen_by);
  scan_.window().begin(rows.relation);
  for (auto& message : rows.rows) scan_.window().add_row(std::move(message));
  const bool has_rows = !rows.rows.empty();
  rows.rows.clear();
  TRY_ASSIGN(const branch::Slice at, scan_.to(marker, rows, fits, [] { return Status(); }));
  if (saw && fits) return keep(number, rows, has_rows, at, request);
  scan_.window().discard(unknown_before);
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
    TRY(follow());
    pause(backoff.next(random));
  }
  return transient("stopping");
}

// The stream goes on while something is waited for.
Status Chunker::follow() {
  TRY(scan_.follow(queue_.front()));
  return let_log_go();
}

// Between two windows what was taken need not stay in the log for us: it may be full, and what we
// wait for behind it.
Status Chunker::let_log_go() {
  if (parts_.clock->now() - let_go_at_ < kLetGoInterval) return {};
  let_go_at_ = parts_.clock->now();
  const journal::Checkpoint& at = scan_.position();
  const ChunkMemory memory = ledger_.copy();
  // A power cut may take what is not durable from the log, and other records get its numbers.
  const bool is_durable = at.next <= parts_.log->tail().durable().record + 1;
  if (memory.requests.empty() || at.next <= memory.scanned || !is_durable) return {};
  return ledger_.change([&](ChunkMemory& changed) {
    changed.scanned = at.next;
    changed.scanned_lsn = at.lsn;
    Request& request = changed.requests.front();
    const std::set<Key>& unknown = scan_.window().unknown();
    // The last chunk is published, be it without a row: a resync has its end there.
    const bool is_last = request.is_read && unknown.empty();
    if (request.is_under_way() && !is_last) request.again = unknown;
  });
}

// Whether the chunk's snapshot sees every transaction that stands before its first marker.
bool Chunker::saw_all(const SeenBy& seen_by) {
  const std::string blindness = scan_.blindness(seen_by);
  note_error(blindness);
  return blindness.empty();
}

Status Chunker::keep(std::uint64_t number, const ChunkRows& rows, bool has_rows,
                     const branch::Slice& at, const Request& request) {
  const Key last = scan_.window().last_key();
  auto messages = scan_.window().end();
  Request then = request;
  if (!request.is_read) {
    if (has_rows) then.after = last;
    then.is_read = rows.is_end;
  }
  then.again = scan_.window().unknown();
  if (then.is_resync && then.is_read && then.again.empty()) {
    messages.push_back(pgoutput::encode(pgoutput::Resync::End, rows.relation.id));
  }
  return publish(number, rows, at, messages, then);
}

// What is read and what the stream brings from here on replaces the table: the mark has to stand
// before the first window, whose rows give way to the stream.
Status Chunker::begin_resync(ChunkReader& reader, const Request& request) {
  const auto table = reader.describe(request);
  if (!table.ok() && table.error().kind == ErrorKind::Invalid) {
    return drop_request(table.error().what);
  }
  TRY(table.status());
  TRY_ASSIGN(const std::uint64_t number, ledger_.take_number());
  const std::string marker = parts_.chunks->marker_of(number);
  parts_.chunks->expect(number, request.sinks);
  const auto mark = [&]() -> Status {
    TRY(reader.mark(marker));
    bool fits = true;
    TRY_ASSIGN(const branch::Slice at,
               scan_.to(marker, table.value(), fits, [this] { return let_log_go(); }));
    Request then = request;
    then.is_begun = true;
    const auto message = pgoutput::encode(pgoutput::Resync::Begin, table.value().relation.id);
    return publish(number, table.value(), at, {message}, then);
  };
  const Status done = mark();
  if (!done.ok()) parts_.chunks->drop(number);
  return done;
}

// The branches get `messages` at `at`, and the request stands as `then`: both or neither.
Status Chunker::publish(std::uint64_t number, const ChunkRows& rows, const branch::Slice& at,
                        const std::vector<std::vector<std::byte>>& messages, const Request& then) {
  const journal::Checkpoint after = scan_.position();
  // A log that loses its end in a power cut numbers what comes again anew.
  while (!parts_.log->tail().wait_durable({after.next.value - 1}, kWaitForLog)) {
    if (const auto failure = parts_.log->tail().failure()) return *failure;
    if (stopping_) return transient("stopping");
  }
  std::optional<log::Segment> segment;
  if (!messages.empty()) {
    TRY_ASSIGN(segment, write_chunk(*parts_.directory, number, rows, at, messages));
  }
  const Status remembered = ledger_.change([&](ChunkMemory& memory) {
    Request& now = memory.requests.front();
    const std::set<std::string> sinks = now.sinks;  // one may have been forgotten meanwhile
    now = then;
    now.sinks = sinks;
    const bool is_done = now.is_read && now.again.empty();
    if (is_done) memory.requests.erase(memory.requests.begin());
    memory.scanned = after.next;
    memory.scanned_lsn = after.lsn;
    if (!segment) return;
    memory.ready.push_back({number, then.sinks, after.next});
    for (const std::string& sink : sinks) memory.read_until[sink] = after.lsn;
  });
  if (!remembered.ok()) {
    // It gets another number when it is read again, and a full disk must not stay full of this one.
    if (segment) TRY(parts_.directory->remove(segment->name));
    return remembered;
  }
  if (then.is_read && then.again.empty()) {
    scan_.forget_window();
    diag::info("chunks", "read", {{"table", then.full_name()}});
  }
  {
    const std::lock_guard lock(mutex_);
    progress_.rows += messages.size();
    progress_.rows_total += messages.size();
  }
  if (segment) {
    parts_.chunks->add(number, std::move(*segment), after.next);
  } else {
    parts_.chunks->drop(number);
  }
  return {};
}

Status Chunker::drop_request(const std::string& why) {
  const Request request = queue_.front();
  std::string sinks;
  for (const std::string& sink : request.sinks) sinks += (sinks.empty() ? "" : ", ") + sink;
  const std::string loss = "table " + request.full_name() + " could not be read for sink " + sinks +
                           ": " + why + ". A start with --accept-gap takes note of it";
  diag::error("chunks", "rows are missing", {{"table", loss}});
  scan_.forget_window();
  return ledger_.change([&](ChunkMemory& memory) {
    memory.losses.push_back(loss);
    memory.requests.erase(memory.requests.begin());
  });
}

Sequence Chunker::claim() const {
  const Sequence scanned = ledger_.copy().scanned;
  return scanned.value != 0 ? scanned : Sequence{std::numeric_limits<std::uint64_t>::max()};
}

// Forgotten first: a sink may be set back, and the next start would look for the files.
void Chunker::retire(const log::Chunks::PlaceOf& place_of) {
  for (auto& chunk : parts_.chunks->drop_passed(place_of)) passed_.push_back(std::move(chunk));
  std::set<std::uint64_t> numbers;
  for (const auto& [number, segment] : passed_) numbers.insert(number);
  if (!ledger_.drop_ready(numbers).ok()) return;  // the next round tries again
  for (const auto& [number, segment] : passed_) {
    // One that stays is removed by the next start.
    (void)parts_.directory->remove(segment.name).ok();
  }
  passed_.clear();
}

Lsn Chunker::read_until(const std::string& sink) const {
  const ChunkMemory memory = ledger_.copy();
  const auto found = memory.read_until.find(sink);
  return found == memory.read_until.end() ? Lsn() : found->second;
}

ChunkProgress Chunker::progress() const {
  const ChunkMemory memory = ledger_.copy();
  const std::lock_guard lock(mutex_);
  ChunkProgress progress = progress_;
  progress.tables = memory.requests.size();
  progress.size_bytes = parts_.chunks->size_bytes();
  if (progress.table.empty() && !memory.requests.empty()) {
    progress.sinks = memory.requests.front().sinks;
    progress.waiting = memory.requests.size();
  }
  return progress;
}

std::vector<std::string> Chunker::losses() const {
  return ledger_.copy().losses;
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
