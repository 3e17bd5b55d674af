#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "lib/base/clock.h"
#include "lib/io/file.h"
#include "lib/log/format.h"

// Which files make up the log at the moment: shared by the writer (adds), the keeper (retires) and
// the readers (find).

namespace slotcast::log {

// One file of the log. Once the next one exists it never changes again.
struct Segment {
  SegmentHeader header;
  std::string name;
  std::shared_ptr<io::File> file;
  // Known when sealed, that is when a next one exists:
  bool sealed = false;
  std::uint64_t end_bytes = 0;  // behind its last block
  Sequence next_record;         // the first record that is not in it
  SteadyTime sealed_at{};
  std::uint64_t size_bytes = 0;  // on disk
};

// Threads: any.
class Segments {
 public:
  // A new newest segment. The one before becomes sealed, ending at the new one's first record.
  void add(Segment segment, SteadyTime now);
  // The segment that holds `record`, or would hold it next; nothing when it has been retired.
  std::optional<Segment> find(Sequence record) const;
  // The segment that follows the one that starts at `first_record`.
  std::optional<Segment> after(Sequence first_record) const;
  std::vector<Segment> all() const;
  // Forgets the oldest one, which must be sealed; the caller then reuses or removes its file.
  void drop_oldest(Sequence first_record);
  std::uint64_t size_bytes() const;
  // The newest segment's file has grown by an oversized block.
  void set_newest_size(std::uint64_t size_bytes);

 private:
  mutable std::mutex mutex_;
  std::vector<Segment> segments_;  // guarded by mutex_; oldest first, without holes
};

}  // namespace slotcast::log
