#include "lib/capture/receiver.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "lib/base/diag.h"
#include "lib/pgoutput/message.h"

namespace slotcast::capture {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kChunkBytes = 64 * 1024;
constexpr Duration kChunkAge = milliseconds(2);
// A stream that brings so many messages a millisecond is read in gulps.
constexpr std::uint64_t kHotMessagesPerMs = 30;
constexpr Duration kWaitMax = milliseconds(20);
// When the daemon ends while the log takes nothing: what is not logged is sent again next time.
constexpr Duration kStopPatience = std::chrono::seconds(2);

}  // namespace

Receiver::Receiver(Ring& ring, log::Tail& tail, Counters& counters, Clock& clock, Random& random,
                   Connect connect, Options options)
    : ring_(ring),
      tail_(tail),
      counters_(counters),
      clock_(clock),
      random_(random),
      connect_(std::move(connect)),
      options_(options),
      backoff_(options.backoff) {}

Status Receiver::run() {
  while (!stopping_) {
    counters_.note_state(State::Connecting);
    const Status ended = session();
    if (stopping_) break;
    if (const auto failure = tail_.failure()) return *failure;
    if (ended.ok()) continue;
    counters_.note_error(ended.error());
    if (ended.error().kind != ErrorKind::Transient) return ended;
    counters_.note_state(State::Connecting);
    const Duration wait = backoff_.next(random_);
    diag::warning(
        "capture", "will connect again",
        {{"in_ms", std::to_string(wait / milliseconds(1))}, {"error", ended.error().what}});
    counters_.update([](CaptureStatus& status) { ++status.reconnects; });
    pause(wait);
  }
  return {};
}

// One connection, from the guards to its end.
Status Receiver::session() {
  TRY(wait_for_log());
  const Lsn start = tail_.durable().lsn;
  ring_.allow();
  TRY_ASSIGN(auto stream, connect_(start));
  diag::info("capture", "streaming", {{"from", to_string(start)}});
  counters_.note_state(State::Streaming);
  heard_at_ = clock_.now();
  feedback_at_ = {};
  has_heard_ = false;
  const Status ended = read_stream(*stream);
  if (has_heard_ && !ring_.refusal()) backoff_.reset();
  if (!stopping_) stream.reset();
  // What arrived whole is kept; the log writer abandons what is open.
  chunk_.add(ItemKind::Lost, {});
  while (!ring_.push(chunk_, kWaitMax)) {
    if (const auto failure = tail_.failure()) return *failure;
    if (is_stop_overdue()) return {};
  }
  if (stopping_ && stream) {
    // The last word to the server, so that it need not send again what we have.
    if (wait_for_log().ok() && ended.ok()) return send_feedback(*stream, false);
  }
  return ended;
}

// Everything received before is in the log and durable: the start of the next session.
Status Receiver::wait_for_log() {
  while (!ring_.wait_done(kWaitMax) || tail_.durable().lsn < tail_.written().lsn) {
    if (const auto failure = tail_.failure()) return *failure;
    if (stopping_ && (tail_.stopped() || is_stop_overdue())) return transient("stopping");
    tail_.wait_durable(tail_.written().record, milliseconds(10));
  }
  return {};
}

Status Receiver::read_stream(pg::ReplicationStream& stream) {
  while (!stopping_) {
    if (const auto refusal = ring_.refusal()) return *refusal;
    TRY(feedback_if_due(stream));
    TRY(drain(stream));
    if (!chunk_.empty() && (!hot_ || clock_.now() - chunk_began_ >= kChunkAge)) TRY(push(stream));
    if (is_hot()) {
      note_heard();
      TRY(stream.gulp());
      continue;
    }
    const Duration due = feedback_at_ + options_.status_interval - clock_.now();
    const Duration most = chunk_.empty() ? kWaitMax : kChunkAge;
    TRY_ASSIGN(const bool heard, stream.wait(std::clamp<Duration>(due, Duration::zero(), most)));
    if (heard) {
      note_heard();
    } else if (clock_.now() - heard_at_ >= options_.receive_timeout) {
      return transient("nothing heard from the server within source.receive_timeout");
    }
  }
  return {};
}

void Receiver::note_heard() {
  heard_at_ = clock_.now();
  has_heard_ = true;
}

Status Receiver::drain(pg::ReplicationStream& stream) {
  while (true) {
    TRY_ASSIGN(const auto incoming, stream.next());
    if (!incoming) return {};
    if (chunk_.empty()) chunk_began_ = clock_.now();
    if (incoming->kind == pg::Incoming::Kind::Message) {
      note_message(incoming->message);
      chunk_.add(ItemKind::Message, incoming->message);
    } else {
      std::byte end[8];
      store_le(end, incoming->wal_end.value);
      chunk_.add(ItemKind::Keepalive, end);
      reply_now_ |= incoming->reply_now;
      counters_.update(
          [&](CaptureStatus& status) { status.head = std::max(status.head, incoming->wal_end); });
      TRY(feedback_if_due(stream));
    }
    if (chunk_.size_bytes() >= kChunkBytes) TRY(push(stream));
  }
}

void Receiver::note_message(Bytes message) {
  ++messages_;
  message_bytes_ += message.size();
  if (pgoutput::tag_of(message) != pgoutput::Tag::Commit) return;
  if (const auto commit = pgoutput::parse_commit(message)) {
    received_ = commit->end_lsn;
    const PgTime time = commit->commit_time;
    counters_.update([&](CaptureStatus& status) {
      status.received = received_;
      status.head = std::max(status.head, received_);
      status.last_commit_time = time;
      ++status.transactions;
    });
  }
}

// Waits for room, and answers the server meanwhile: the log writer may be waiting for a disk.
Status Receiver::push(pg::ReplicationStream& stream) {
  const SteadyTime began = clock_.now();
  while (!ring_.push(chunk_, kWaitMax)) {
    if (const auto failure = tail_.failure()) return *failure;
    if (stopping_) return {};
    heard_at_ = clock_.now();  // it is we who do not read
    if (heard_at_ - began >= options_.full_patience) {
      const Error error = transient("the log takes nothing; the connection was closed meanwhile");
      diag::warning("capture",
                    "letting the connection go until the log takes more: a server that is shut "
                    "down waits for its receivers");
      counters_.note_error(error);
      return error;
    }
    TRY(feedback_if_due(stream));
  }
  return feedback_if_due(stream);
}

Status Receiver::feedback_if_due(pg::ReplicationStream& stream) {
  if (!reply_now_ && clock_.now() - feedback_at_ < options_.status_interval) return {};
  return send_feedback(stream, true);
}

// Only what is durable is ever confirmed. Asking for a reply gives the server's position, which
// moves ours when the tables are quiet.
Status Receiver::send_feedback(pg::ReplicationStream& stream, bool ask_reply) {
  const Lsn durable = tail_.durable().lsn;
  const Lsn had = options_.delivered ? std::min(durable, options_.delivered()) : durable;
  // A sink may be set back; what the server was told stays told.
  confirmed_ = std::max(confirmed_, had);
  TRY(stream.send({std::max(received_, durable), confirmed_, ask_reply && !reply_now_}));
  reply_now_ = false;
  feedback_at_ = clock_.now();
  counters_.update([&](CaptureStatus& status) {
    status.confirmed = confirmed_;
    status.messages = messages_;
    status.message_bytes = message_bytes_;
  });
  return {};
}

bool Receiver::is_hot() {
  const SteadyTime now = clock_.now();
  const auto elapsed = now - window_began_;
  if (elapsed >= milliseconds(1)) {
    const auto ms = static_cast<std::uint64_t>(elapsed / std::chrono::microseconds(1));
    hot_ = (messages_ - window_messages_) * 1000 >= kHotMessagesPerMs * ms;
    window_messages_ = messages_;
    window_began_ = now;
  }
  return hot_;
}

bool Receiver::is_stop_overdue() {
  if (!stopping_) return false;
  if (stop_seen_at_ == SteadyTime{}) stop_seen_at_ = clock_.now();
  return clock_.now() - stop_seen_at_ >= kStopPatience;
}

void Receiver::pause(Duration duration) const {
  const SteadyTime end = clock_.now() + duration;
  while (!stopping_ && clock_.now() < end) std::this_thread::sleep_for(milliseconds(20));
}

}  // namespace slotcast::capture
