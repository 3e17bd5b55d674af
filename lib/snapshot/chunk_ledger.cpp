#include "lib/snapshot/chunk_ledger.h"

#include <algorithm>

namespace slotcast::snapshot {
namespace {

// Reserved at a time.
constexpr std::uint64_t kNumbers = 1000;

}  // namespace

void add_request(ChunkMemory& memory, Request request) {
  for (const Request& known : memory.requests) {
    if (!known.serves(request)) continue;
    for (const std::string& sink : known.sinks) request.sinks.erase(sink);
  }
  if (!request.sinks.empty()) memory.requests.push_back(std::move(request));
}

Status ChunkLedger::load(bool forget_losses) {
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(memory_, read_chunk_memory(state_));
  numbers_end_ = memory_.next_number;
  if (!forget_losses || memory_.losses.empty()) return {};
  ChunkMemory changed = memory_;
  changed.losses.clear();
  return write(std::move(changed));
}

ChunkMemory ChunkLedger::copy() const {
  const std::lock_guard lock(mutex_);
  return memory_;
}

Status ChunkLedger::change(const std::function<void(ChunkMemory&)>& change) {
  const std::lock_guard lock(mutex_);
  ChunkMemory changed = memory_;
  change(changed);
  return write(std::move(changed));
}

// Under the mutex.
Status ChunkLedger::write(ChunkMemory memory) {
  ChunkMemory durable = memory;
  durable.next_number = std::max(numbers_end_, memory.next_number);
  TRY(write_chunk_memory(state_, durable));
  memory_ = std::move(memory);
  return {};
}

Status ChunkLedger::request(Request request) {
  const std::lock_guard lock(mutex_);
  ChunkMemory changed = memory_;
  add_request(changed, std::move(request));
  return changed == memory_ ? Status() : write(std::move(changed));
}

// Whose sinks are all gone is left for the thread to take away: it may be reading for it.
Status ChunkLedger::forget(const std::string& sink) {
  return change([&](ChunkMemory& memory) {
    for (Request& request : memory.requests) request.sinks.erase(sink);
    for (ReadyChunk& ready : memory.ready) ready.sinks.erase(sink);
    memory.read_until.erase(sink);
  });
}

Result<std::uint64_t> ChunkLedger::take_number() {
  const std::lock_guard lock(mutex_);
  if (memory_.next_number >= numbers_end_) {
    const std::uint64_t end = memory_.next_number + kNumbers;
    ChunkMemory durable = memory_;
    durable.next_number = end;
    TRY(write_chunk_memory(state_, durable));
    numbers_end_ = end;
  }
  return memory_.next_number++;
}

Status ChunkLedger::drop_ready(const std::set<std::uint64_t>& numbers) {
  if (numbers.empty()) return {};
  return change([&](ChunkMemory& memory) {
    std::erase_if(memory.ready,
                  [&](const ReadyChunk& ready) { return numbers.count(ready.number) > 0; });
  });
}

}  // namespace slotcast::snapshot
