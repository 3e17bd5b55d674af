#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "lib/log/keeper.h"
#include "lib/log/reader.h"
#include "lib/log/recovery.h"
#include "lib/log/status.h"
#include "lib/log/syncer.h"
#include "lib/log/writer.h"

// The durable log as a whole: what recovery found, and the parts that go on from there.
//
//     capture's thread ─▶ writer() ─▶ segments ─▶ reader() in each branch's thread
//                             │           ▲
//                           tail() ◀─ syncer, keeper: threads of the log's own
//
// FORMAT.md describes the files.

namespace slotcast::log {

class Log {
 public:
  // Recovers what is in `directory` and opens a new segment behind it. When there is nothing the
  // log begins at `start`; without `start` an empty directory is Corrupt: the log was lost.
  // Everything that the tail then shows is durable. `directory`, `clock` and `random` must outlive
  // the log. Errors: those of recover() and of Writer::open().
  static Result<std::unique_ptr<Log>> open(io::Directory& directory, const Options& options,
                                           Clock& clock, Random& random, std::optional<Lsn> start);

  // Starts syncer and keeper; see Keeper for `claim`.
  void start(std::function<Sequence()> claim);

  // Everything written becomes durable, the threads end. No more appends.
  Status close();

  Writer& writer() { return *writer_; }
  Tail& tail() { return *tail_; }
  const Segments& segments() const { return segments_; }
  Reader reader() const { return Reader(segments_); }
  Status sync_now() { return syncer_->sync_now(); }
  // Where the log ended when it was opened; 0 for a new one.
  Lsn recovered_lsn() const { return recovered_lsn_; }
  std::uint64_t cut_blocks() const { return cut_blocks_; }
  // The oldest place between two transactions that is in `segment` or behind it: `record` is the
  // last one before it. The segment must stay meanwhile: before start(), or under keep_all().
  Result<Mark> first_place(const Segment& segment) const;
  // Of the whole log.
  Result<Mark> oldest() const;
  // While it is held no segment is retired.
  std::unique_lock<std::mutex> keep_all() { return keeper_->hold(); }
  LogStatus status() const;

 private:
  Log(io::Directory& directory, const Options& options, Clock& clock);

  const Options options_;
  Clock& clock_;
  Segments segments_;
  Spares spares_;
  std::unique_ptr<Tail> tail_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Syncer> syncer_;
  std::unique_ptr<Keeper> keeper_;
  Lsn recovered_lsn_;
  std::uint64_t cut_blocks_ = 0;
};

}  // namespace slotcast::log
