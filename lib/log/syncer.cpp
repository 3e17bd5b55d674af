#include "lib/log/syncer.h"

#include <chrono>

namespace slotcast::log {
namespace {

// A hot stream fills a block every millisecond: syncing less often then saves a third of the CPU
// and delays nobody, since the branches run ahead of the sync anyway.
constexpr std::uint64_t kHotBlocks = 8;
constexpr Duration kHotInterval = std::chrono::milliseconds(10);
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
  thread_ = std::thread([this] { run(); });
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
  while (!tail_.failure()) {
    const bool more = tail_.wait_block(before.block, kIdleWait);
    if (!more && tail_.stopped()) return;
    if (!more) continue;
    const SteadyTime began = std::chrono::steady_clock::now();
    if (!sync_now().ok()) return;
    const Mark after = tail_.durable();
    if (!tail_.stopped()) pause(began, before, after);
    before = after;
  }
}

void Syncer::pause(SteadyTime began, const Mark& before, const Mark& after) const {
  const bool hot = after.block - before.block >= kHotBlocks;
  const Duration interval =
      hot ? std::max(kHotInterval, options_.sync_interval) : options_.sync_interval;
  std::this_thread::sleep_until(began + interval);
}

}  // namespace slotcast::log
