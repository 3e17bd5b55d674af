#include "lib/log/chunks.h"

#include <algorithm>
#include <charconv>

namespace slotcast::log {
namespace {

constexpr std::string_view kWord = " chunk ";

}  // namespace

std::string Chunks::marker_of(std::uint64_t number) const {
  return owner_ + std::string(kWord) + std::to_string(number);
}

std::optional<std::uint64_t> Chunks::number_of(std::string_view marker) const {
  if (!marker.starts_with(owner_)) return std::nullopt;
  marker.remove_prefix(owner_.size());
  if (!marker.starts_with(kWord)) return std::nullopt;
  marker.remove_prefix(kWord.size());
  std::uint64_t number = 0;
  const auto read = std::from_chars(marker.data(), marker.data() + marker.size(), number);
  if (read.ec != std::errc() || read.ptr != marker.data() + marker.size()) return std::nullopt;
  return number;
}

void Chunks::expect(std::uint64_t number, std::set<std::string> sinks) {
  const std::lock_guard lock(mutex_);
  chunks_[number].sinks = std::move(sinks);
}

void Chunks::add(std::uint64_t number, Segment segment, Sequence end) {
  {
    const std::lock_guard lock(mutex_);
    Chunk& chunk = chunks_[number];
    chunk.segment = std::move(segment);
    chunk.end = end;
  }
  tail_.nudge();
}

void Chunks::restore(std::uint64_t number, std::set<std::string> sinks, Segment segment,
                     Sequence end) {
  expect(number, std::move(sinks));
  add(number, std::move(segment), end);
}

void Chunks::drop(std::uint64_t number) {
  {
    const std::lock_guard lock(mutex_);
    chunks_.erase(number);
  }
  tail_.nudge();
}

Chunks::Found Chunks::find(std::uint64_t number, const std::string& sink) const {
  const std::lock_guard lock(mutex_);
  const auto found = chunks_.find(number);
  if (found == chunks_.end() || found->second.sinks.count(sink) == 0) return {};
  if (!found->second.segment) return {State::Pending, std::nullopt};
  return {State::Ready, found->second.segment};
}

std::uint64_t Chunks::size_bytes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& [number, chunk] : chunks_) sum += chunk.segment ? chunk.segment->size_bytes : 0;
  return sum;
}

std::vector<std::pair<std::uint64_t, Segment>> Chunks::drop_passed(const PlaceOf& place_of) {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<std::uint64_t, Segment>> passed;
  for (auto chunk = chunks_.begin(); chunk != chunks_.end();) {
    const auto& sinks = chunk->second.sinks;
    const bool is_passed = std::all_of(sinks.begin(), sinks.end(), [&](const std::string& sink) {
      return chunk->second.end <= place_of(sink);
    });
    if (chunk->second.segment && is_passed) {
      passed.emplace_back(chunk->first, std::move(*chunk->second.segment));
      chunk = chunks_.erase(chunk);
    } else {
      ++chunk;
    }
  }
  return passed;
}

}  // namespace slotcast::log
