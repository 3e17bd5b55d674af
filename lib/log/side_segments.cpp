#include "lib/log/side_segments.h"

#include "lib/base/ensure.h"

namespace slotcast::log {
namespace {

std::uint64_t range_of(Sequence record) {
  return record.value == 0 ? 0 : (record.value - 1) / kRecordsPerRange;
}

}  // namespace

void SideSegments::expect(std::uint64_t count) {
  ENSURE(count <= kRangesMax);
  const std::lock_guard lock(mutex_);
  count_ = count;
}

void SideSegments::add(std::uint64_t range, Segment segment) {
  ENSURE(segment.sealed && segment.header.first_record == first_record_of(range));
  {
    const std::lock_guard lock(mutex_);
    ready_.insert_or_assign(range, std::move(segment));
  }
  tail_.nudge();
}

void SideSegments::leave_out(std::uint64_t range) {
  {
    const std::lock_guard lock(mutex_);
    left_out_.insert(range);
  }
  tail_.nudge();
}

SideSegments::Next SideSegments::next(Sequence record) const {
  const std::lock_guard lock(mutex_);
  for (std::uint64_t range = std::max<std::uint64_t>(range_of(record), 1); range <= count_;
       ++range) {
    if (left_out_.count(range) > 0) continue;
    const auto found = ready_.find(range);
    if (found == ready_.end()) return {};
    if (record < found->second.next_record) return {false, found->second};
  }
  return {true, std::nullopt};
}

std::vector<Segment> SideSegments::drop_passed(Sequence claim) {
  const std::lock_guard lock(mutex_);
  std::vector<Segment> passed;
  while (!ready_.empty() && ready_.begin()->second.next_record <= claim) {
    passed.push_back(std::move(ready_.begin()->second));
    left_out_.insert(ready_.begin()->first);
    ready_.erase(ready_.begin());
  }
  return passed;
}

std::uint64_t SideSegments::last() const {
  const std::lock_guard lock(mutex_);
  return ready_.empty() ? 0 : ready_.rbegin()->first;
}

std::uint64_t SideSegments::size_bytes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& [range, segment] : ready_) sum += segment.size_bytes;
  return sum;
}

}  // namespace slotcast::log
