#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "lib/log/segments.h"
#include "lib/log/tail.h"

// The side segments of a snapshot, one for each range of its plan, in the plan's order. Workers
// finish them in any order; a branch reads them in this one, so that it stands at one place.
//
// Records of range n are numbered from n * kRecordsPerRange + 1, those of the stream from
// kStreamBegin: a position in the snapshot comes before each position in the stream.

namespace slotcast::log {

inline constexpr std::uint64_t kRecordsPerRange = 10'000'000;
inline constexpr Sequence kStreamBegin{10'000'000'000'001};
inline constexpr std::uint64_t kRangesMax = kStreamBegin.value / kRecordsPerRange - 1;

inline bool is_in_snapshot(Sequence record) {
  return record < kStreamBegin;
}
inline Sequence first_record_of(std::uint64_t range) {
  return {range * kRecordsPerRange + 1};
}

// Threads: any. Who waits for the tail is woken when a range is there.
class SideSegments {
 public:
  explicit SideSegments(Tail& tail) : tail_(tail) {}

  // The plan: ranges 1 to `count`. Branches wait for all of them.
  void expect(std::uint64_t count);
  // Range `range` is complete and durable.
  void add(std::uint64_t range, Segment segment);
  // Range `range` will not come: its rows are copied in another way, or were read by all long ago.
  void leave_out(std::uint64_t range);

  struct Next {
    bool is_end = false;             // there is no more: the stream follows
    std::optional<Segment> segment;  // the next one with a record at or behind the place asked for
  };
  // Neither: the next one is not there yet.
  Next next(Sequence record) const;

  // Forgets and returns the segments all of whose records are before `claim`; remove their files.
  std::vector<Segment> drop_passed(Sequence claim);
  std::uint64_t size_bytes() const;
  // The last range that is there; 0 when none is.
  std::uint64_t last() const;

 private:
  Tail& tail_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::uint64_t count_ = 0;
  std::map<std::uint64_t, Segment> ready_;  // by range
  std::set<std::uint64_t> left_out_;
};

}  // namespace slotcast::log
