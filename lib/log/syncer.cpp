#include "lib/log/syncer.h"

#include <chrono>

#include "lib/base/thread.h"

namespace slotcast::log {
namespace {

// While a backlog streams in, larger syncs save CPU on both sides of the disk's driver and delay
// nobody: the branches run ahead of the sync, and who commits now is not waiting for it.
constexpr std::uint64_t kHotBytesPerMs = 16 * 1024;
constexpr Duration kHotInterval = std::chrono::milliseconds(20);
constexpr Duration kIdleWait = std::chrono::seconds(1);

}  // namespace

Syncer::Syncer(Segments& segments, Tail& tail, const Options& options)
    : segments_(segments), tail_(tail), options_(options) {}

Syncer::~Syncer() {
  if (thread_.joinable()) {
    tail_.stop();
    thread_.join();
  }
}

void Syncer::start() {
  thread_ = std::thread([this] {
    name_thread("log-sync");
    run();
  });
}

void Syncer::stop() {
  if (thread_.joinable()) thread_.join();
}

Status Syncer::sync_now() {
  const Mark target = tail_.written();
  for (const Segment& segment : segments_.all()) {
    // A sealed segment is synced once after its last write; the newest every time.
    if (segment.header.first_record < synced_segment_) continue;
    if (Status synced = segment.file->sync(); !synced.ok()) {
      const Error error = synced.error().prefixed("log: segment " + segment.name + ": sync");
      tail_.fail(error);
      return error;
    }
    synced_segment_ = segment.header.first_record;
  }
  ++syncs_;
  tail_.publish_durable(target);
  return {};
}

void Syncer::run() {
  Mark before = tail_.durable();
  SteadyTime began_before = std::chrono::steady_clock::now();
  while (!tail_.failure()) {
    const bool more = tail_.wait_block(before.block, kIdleWait);
    if (!more && tail_.stopped()) return;
    if (!more) continue;
    const SteadyTime began = std::chrono::steady_clock::now();
    if (!sync_now().ok()) return;
    const Mark after = tail_.durable();
    if (!tail_.stopped()) pause(began, began_before, after.bytes - before.bytes);
    before = after;
    began_before = began;
  }
}

void Syncer::pause(SteadyTime began, SteadyTime before, std::uint64_t bytes) const {
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(began - before);
  const bool hot = bytes >= kHotBytesPerMs * static_cast<std::uint64_t>(elapsed.count() + 1);
  const Duration interval =
      hot ? std::max(kHotInterval, options_.sync_interval) : options_.sync_interval;
  std::this_thread::sleep_until(began + interval);
}

}  // namespace slotcast::log
