#include "lib/capture/ring.h"

#include <utility>

namespace slotcast::capture {
namespace {

constexpr std::size_t kItemHeaderBytes = 5;

}  // namespace

void Chunk::add(ItemKind kind, Bytes payload) {
  const std::size_t at = bytes_.size();
  bytes_.resize(at + kItemHeaderBytes + payload.size());
  bytes_[at] = static_cast<std::byte>(kind);
  store_le(bytes_.data() + at + 1, static_cast<std::uint32_t>(payload.size()));
  if (!payload.empty()) {
    std::memcpy(bytes_.data() + at + kItemHeaderBytes, payload.data(), payload.size());
  }
}

bool Chunk::next(std::size_t& at, Item& item) const {
  if (at == bytes_.size()) return false;
  item.kind = static_cast<ItemKind>(bytes_[at]);
  const auto size = load_le<std::uint32_t>(bytes_.data() + at + 1);
  item.payload = Bytes(bytes_).subspan(at + kItemHeaderBytes, size);
  at += kItemHeaderBytes + size;
  return true;
}

bool Ring::push(Chunk& chunk, Duration at_most) {
  std::unique_lock lock(mutex_);
  const bool has_room =
      changed_.wait_for(lock, at_most, [&] { return queue_.size() < chunks_max_; });
  if (!has_room) return false;
  queue_.push_back(std::move(chunk));
  chunk = Chunk();
  if (!free_.empty()) {
    chunk = std::move(free_.back());
    free_.pop_back();
  }
  lock.unlock();
  changed_.notify_all();
  return true;
}

std::optional<Chunk> Ring::pop(Duration at_most) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, at_most, [&] { return !queue_.empty() || closed_; });
  if (queue_.empty()) return std::nullopt;
  Chunk chunk = std::move(queue_.front());
  queue_.pop_front();
  working_ = true;
  lock.unlock();
  changed_.notify_all();
  return chunk;
}

void Ring::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

bool Ring::is_empty() const {
  const std::lock_guard lock(mutex_);
  return queue_.empty();
}

void Ring::done(Chunk chunk) {
  chunk.clear();
  {
    const std::lock_guard lock(mutex_);
    working_ = false;
    if (free_.size() < chunks_max_) free_.push_back(std::move(chunk));
  }
  changed_.notify_all();
}

bool Ring::wait_done(Duration at_most) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, at_most, [&] { return queue_.empty() && !working_; });
}

void Ring::refuse(const Error& why) {
  const std::lock_guard lock(mutex_);
  refusal_ = why;
  refused_ = true;
}

std::optional<Error> Ring::refusal() const {
  if (!refused_) return std::nullopt;
  const std::lock_guard lock(mutex_);
  return refusal_;
}

void Ring::allow() {
  const std::lock_guard lock(mutex_);
  refusal_.reset();
  refused_ = false;
}

}  // namespace slotcast::capture
