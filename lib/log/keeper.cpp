#include "lib/log/keeper.h"

#include <utility>

#include "lib/base/diag.h"
#include "lib/base/thread.h"

namespace slotcast::log {
namespace {

constexpr Duration kRound = std::chrono::milliseconds(100);
// Filling a spare with zeros makes each small sync cheaper, and doubles what is written. A log that
// grows so fast has large syncs, and no use for that.
constexpr std::uint64_t kFastBytesPerRound = 1600 * 1024;

}  // namespace

Keeper::Keeper(Segments& segments, Spares& spares, Tail& tail, Clock& clock, const Options& options,
               std::function<Sequence()> claim)
    : segments_(segments),
      spares_(spares),
      tail_(tail),
      clock_(clock),
      options_(options),
      claim_(std::move(claim)) {}

Keeper::~Keeper() {
  stop();
}

void Keeper::start() {
  thread_ = std::thread([this] {
    name_thread("log-keep");
    run();
  });
}

void Keeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Keeper::may_retire(const Segment& segment, std::uint64_t size_bytes) const {
  const bool tight = size_bytes + 2 * options_.segment_bytes > options_.size_bytes_max;
  return tight || clock_.now() - segment.sealed_at >= options_.keep;
}

Status Keeper::tend() {
  const bool fast = grows_fast();
  TRY(retire());
  // The one to make, and one that the writer may make meanwhile.
  const std::uint64_t more = 2 * options_.segment_bytes;
  if (spares_.size_bytes() + segments_.size_bytes() + more > options_.size_bytes_max) return {};
  return spares_.prepare(!fast);
}

Status Keeper::retire() {
  const std::lock_guard lock(round_);
  const Sequence claim = std::min(claim_(), tail_.durable().record + 1);
  for (const Segment& segment : segments_.all()) {
    if (!segment.sealed || segment.next_record > claim) break;
    if (!may_retire(segment, segments_.size_bytes())) break;
    const Spares::InHand in_hand(spares_);
    segments_.drop_oldest(segment.header.first_record);
    TRY(spares_.retire(segment.name, segment.file));
  }
  return {};
}

bool Keeper::grows_fast() {
  const std::uint64_t bytes = tail_.written().bytes;
  return bytes - std::exchange(bytes_before_, bytes) >= kFastBytesPerRound;
}

void Keeper::run() {
  bool complained = false;
  std::unique_lock lock(mutex_);
  while (!stopping_ && !tail_.failure()) {
    lock.unlock();
    const Status tended = tend();
    if (!tended.ok() && !complained) {
      diag::warning("log", "cannot keep a spare segment ready", {{"error", tended.error().what}});
    }
    complained = !tended.ok();
    lock.lock();
    stopped_.wait_for(lock, kRound, [this] { return stopping_; });
  }
}

}  // namespace slotcast::log
