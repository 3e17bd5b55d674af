#include "lib/log/segments.h"

#include <algorithm>

#include "lib/base/ensure.h"

namespace slotcast::log {

void Segments::add(Segment segment, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  if (!segments_.empty()) {
    Segment& before = segments_.back();
    before.sealed = true;
    before.end_bytes = segment.header.previous_end;
    before.next_record = segment.header.first_record;
    before.sealed_at = now;
    ENSURE(before.header.epoch == segment.header.previous_epoch);
  }
  segments_.push_back(std::move(segment));
}

std::optional<Segment> Segments::find(Sequence record) const {
  const std::lock_guard lock(mutex_);
  const auto behind = std::upper_bound(
      segments_.begin(), segments_.end(), record,
      [](Sequence value, const Segment& s) { return value < s.header.first_record; });
  if (behind == segments_.begin()) return std::nullopt;
  return *std::prev(behind);
}

std::optional<Segment> Segments::after(Sequence first_record) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::upper_bound(
      segments_.begin(), segments_.end(), first_record,
      [](Sequence value, const Segment& s) { return value < s.header.first_record; });
  if (found == segments_.end()) return std::nullopt;
  return *found;
}

std::vector<Segment> Segments::all() const {
  const std::lock_guard lock(mutex_);
  return segments_;
}

void Segments::drop_oldest(Sequence first_record) {
  const std::lock_guard lock(mutex_);
  ENSURE(!segments_.empty() && segments_.front().sealed);
  ENSURE(segments_.front().header.first_record == first_record);
  segments_.erase(segments_.begin());
}

std::uint64_t Segments::size_bytes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const Segment& segment : segments_) sum += segment.size_bytes;
  return sum;
}

void Segments::set_newest_size(std::uint64_t size_bytes) {
  const std::lock_guard lock(mutex_);
  ENSURE(!segments_.empty());
  segments_.back().size_bytes = std::max(segments_.back().size_bytes, size_bytes);
}

}  // namespace slotcast::log
