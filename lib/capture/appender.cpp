#include "lib/capture/appender.h"

#include <chrono>
#include <thread>

#include "lib/base/diag.h"
#include "lib/change/types.h"
#include "lib/pgoutput/encode.h"
#include "lib/pgoutput/message.h"

namespace slotcast::capture {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kPopWait = milliseconds(100);
constexpr Duration kRetryInterval = milliseconds(100);
// A quiet source's position is noted at most so often.
constexpr Duration kPositionInterval = seconds(1);
// When the daemon ends while the log has no room: what is not logged is sent again next time.
constexpr Duration kStopPatience = seconds(2);

}  // namespace

Appender::Appender(Ring& ring, log::Log& log, Counters& counters, Clock& clock,
                   ReadCatalog read_catalog)
    : ring_(ring),
      log_(log),
      counters_(counters),
      clock_(clock),
      read_catalog_(std::move(read_catalog)) {}

Status Appender::run() {
  while (true) {
    auto chunk = ring_.pop(kPopWait);
    if (!chunk) {
      if (stopping_) return {};
      continue;
    }
    Item item;
    Status taken;
    for (std::size_t at = 0; taken.ok() && chunk->next(at, item);) {
      taken = until_it_fits([&] { return take(item); });
    }
    if (taken.ok() && ring_.is_empty()) {
      taken = until_it_fits([&] { return log_.writer().flush(); });
    }
    // Only an end of the daemon gives up waiting for room; the server has what is missing.
    if (!taken.ok()) return taken.error().kind == ErrorKind::Transient ? Status() : taken;
    ring_.done(std::move(*chunk));
  }
}

// Every step leaves the log as it was when there is no room, and is made again.
Status Appender::until_it_fits(const std::function<Status()>& step) {
  Status done = step();
  if (done.ok() || done.error().kind != ErrorKind::Transient) return done;
  diag::warning("capture", "paused until it goes on; WAL grows at the server meanwhile",
                {{"error", done.error().what}});
  counters_.note_error(done.error());
  counters_.note_state(pause_state());
  while (!done.ok() && done.error().kind == ErrorKind::Transient) {
    if (give_up_waiting()) return done;
    std::this_thread::sleep_for(kRetryInterval);
    done = step();
  }
  if (done.ok()) {
    diag::info("capture", "goes on");
    counters_.note_state(State::Streaming);
  }
  return done;
}

State Appender::pause_state() const {
  if (log_.writer().is_full()) return State::PausedLogFull;
  return State::PausedDiskFull;
}

bool Appender::give_up_waiting() {
  if (!stopping_) return false;
  if (stop_waiting_at_ == SteadyTime{}) stop_waiting_at_ = clock_.now() + kStopPatience;
  return clock_.now() >= stop_waiting_at_;
}

Status Appender::take(const Item& item) {
  if (refusing_ && item.kind != ItemKind::Lost) return {};
  switch (item.kind) {
    case ItemKind::Message:
      return take_message(item.payload);
    case ItemKind::Keepalive:
      return take_keepalive({load_le<std::uint64_t>(item.payload.data())});
    case ItemKind::Lost:
      if (log_.writer().in_transaction()) TRY(log_.writer().append_abandon());
      lone_ = Lone::None;
      skipping_ = false;
      refusing_ = false;
      return {};
  }
  return {};
}

Status Appender::take_message(Bytes message) {
  switch (pgoutput::tag_of(message)) {
    case pgoutput::Tag::Begin:
      return take_begin(message);
    case pgoutput::Tag::Commit:
      return take_commit(message);
    case pgoutput::Tag::Relation:
      return take_relation(message);
    case pgoutput::Tag::Type:
      TRY(take_type(message));
      break;
    case pgoutput::Tag::Message:
      if (skipping_ || (log_.writer().in_transaction() && lone_ == Lone::None)) break;
      return take_lone_message(message);
    default:
      break;
  }
  if (skipping_) return {};
  return log_.writer().append_message(message);
}

// After a crash of the server its slot may stand earlier than what it was told: it then sends again
// what the log has. Whole transactions are dropped, by where they committed.
Status Appender::take_begin(Bytes message) {
  const auto begin = pgoutput::parse_begin(message);
  if (!begin || log_.writer().in_transaction() || skipping_) {
    return corrupt("capture: malformed or misplaced Begin from the server");
  }
  if (begin->commit_lsn < log_.writer().end_lsn()) {
    skipping_ = true;
    counters_.update([](CaptureStatus& status) { ++status.duplicate_transactions; });
    return {};
  }
  return log_.writer().append_begin(message);
}

Status Appender::take_commit(Bytes message) {
  const auto commit = pgoutput::parse_commit(message);
  if (!commit || (!skipping_ && !log_.writer().in_transaction())) {
    return corrupt("capture: malformed or misplaced Commit from the server");
  }
  if (skipping_) {
    skipping_ = false;
    return {};
  }
  return log_.writer().append_commit(message, commit->end_lsn, commit->commit_time);
}

// A message outside of transactions becomes one of its own, at its own place: so it is in the log
// once and whole, as rows are. The server sends messages in the order of commits, too. What it says
// is where the message ends: a commit may stand right there, and a slot that were confirmed one
// byte further would skip it. Source: PostgreSQL, logicalmsg_decode() and SnapBuildXactNeedsSkip().
Status Appender::take_lone_message(Bytes message) {
  log::Writer& writer = log_.writer();
  const auto parsed = pgoutput::parse_logical_message(message, pgoutput::Framing::Whole);
  if (!parsed) return corrupt("capture: malformed logical message from the server");
  const Lsn end = parsed->lsn;
  const Lsn place{end.value - 1};
  if (lone_ == Lone::None) {
    if (end <= writer.end_lsn()) return {};  // sent again
    lone_time_ = pg_time_from_unix(clock_.wall().time_since_epoch().count());
    TRY(writer.append_begin(pgoutput::encode(pgoutput::Begin{place, lone_time_, 0})));
    lone_ = Lone::Begun;
  }
  if (lone_ == Lone::Begun) TRY(writer.append_message(message));
  lone_ = Lone::Told;
  const pgoutput::Commit commit{place, end, lone_time_};
  TRY(writer.append_commit(pgoutput::encode(commit), end, lone_time_));
  lone_ = Lone::None;
  return {};
}

// A type that was dropped since is not in the catalog any more, but the stream tells what was
// behind a domain.
Status Appender::take_type(Bytes message) {
  const auto type = pgoutput::parse_type(message, pgoutput::Framing::Whole);
  if (!type) return corrupt("capture: malformed Type message from the server");
  built_in_behind_.erase(type->oid);
  const std::uint32_t built_in = type->schema.empty() ? oid_of_built_in(type->name) : 0;
  if (built_in != 0) built_in_behind_[type->oid] = built_in;
  return {};
}

// The server announces a relation once per connection, also inside a transaction that is skipped.
Status Appender::take_relation(Bytes message) {
  const auto relation = pgoutput::parse_relation(message, pgoutput::Framing::Whole);
  if (!relation) return corrupt("capture: malformed Relation message from the server");
  const std::uint32_t id = relation->id.oid;
  auto read = read_catalog_(*relation);
  if (!read.ok() && read.error().kind == ErrorKind::Transient) {
    refusing_ = true;
    ring_.refuse(read.error());
    return {};
  }
  TRY_ASSIGN(Catalog catalog, std::move(read));
  for (CatalogColumn& column : catalog.columns) {
    const auto told = built_in_behind_.find(column.base_oid);
    if (told == built_in_behind_.end()) continue;
    column.base_oid = told->second;
    if (!is_text_type(told->second)) column.collation = Collation::None;
  }
  const std::vector<std::byte> encoded = pgoutput::encode(catalog);
  const log::Writer& writer = log_.writer();
  const auto is_last = [&](log::RecordType type, Bytes body) {
    return as_text(writer.last_schema(type, id)) == as_text(body);
  };
  const bool is_known = is_last(log::RecordType::Relation, message);
  const bool is_known_catalog = is_last(log::RecordType::Catalog, encoded);
  if (is_known && is_known_catalog) return {};
  if (!is_known_catalog) {
    TRY(log_.writer().append_schema(log::RecordType::Catalog, id, encoded));
  }
  return log_.writer().append_schema(log::RecordType::Relation, id, message);
}

Status Appender::take_keepalive(Lsn wal_end) {
  log::Writer& writer = log_.writer();
  if (writer.in_transaction() || skipping_ || wal_end <= writer.end_lsn()) return {};
  if (clock_.now() - position_at_ < kPositionInterval) return {};
  TRY(writer.append_position(wal_end));
  position_at_ = clock_.now();
  return {};
}

}  // namespace slotcast::capture
