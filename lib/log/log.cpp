#include "lib/log/log.h"

#include "lib/base/ensure.h"

namespace slotcast::log {
namespace {

constexpr std::size_t kSparesMax = 2;

}  // namespace

Log::Log(io::Directory& directory, const Options& options, Clock& clock)
    : options_(options), clock_(clock), spares_(directory, options.segment_bytes, kSparesMax) {}

Result<std::unique_ptr<Log>> Log::open(io::Directory& directory, const Options& options,
                                       Clock& clock, Random& random, std::optional<Lsn> start) {
  std::unique_ptr<Log> log(new Log(directory, options, clock));
  TRY(log->spares_.clear());
  TRY_ASSIGN(Recovered recovered, recover(directory));
  if (recovered.segments.empty() && !start) {
    return corrupt("the log is missing: no segment in its directory");
  }
  const bool is_new = recovered.segments.empty();
  if (is_new) {
    recovered.chain.next_record = options.first_record;
    recovered.complete = {options.first_record.value - 1};
  } else {
    log->recovered_lsn_ = recovered.chain.end_lsn;
  }
  log->cut_blocks_ = recovered.cut_blocks;
  const Lsn end = is_new ? *start : recovered.chain.end_lsn;
  log->tail_ = std::make_unique<Tail>(
      Mark{recovered.complete, recovered.chain.next_block - 1, end, PgTime{}});
  TRY_ASSIGN(log->writer_, Writer::open({&directory, &log->segments_, log->tail_.get(),
                                         &log->spares_, &clock, &random},
                                        options, std::move(recovered), end));
  log->syncer_ = std::make_unique<Syncer>(log->segments_, *log->tail_, options);
  TRY(log->syncer_->sync_now());
  return log;
}

void Log::start(std::function<Sequence()> claim) {
  keeper_ =
      std::make_unique<Keeper>(segments_, spares_, *tail_, clock_, options_, std::move(claim));
  syncer_->start();
  keeper_->start();
}

Status Log::close() {
  tail_->stop();
  syncer_->stop();
  if (keeper_) keeper_->stop();
  TRY(writer_->flush());
  TRY(syncer_->sync_now());
  // One more block, so that the log itself says how far it was synced.
  if (writer_->in_transaction()) {
    TRY(writer_->append_abandon());
  } else {
    TRY(writer_->append_position(writer_->end_lsn()));
  }
  TRY(writer_->flush());
  return syncer_->sync_now();
}

Result<Mark> Log::oldest() const {
  const auto segments = segments_.all();
  ENSURE(!segments.empty());
  return first_place(segments.front());
}

Result<Mark> Log::first_place(const Segment& segment) const {
  const SegmentHeader& first = segment.header;
  if (first.open_begin.value == 0) {
    return Mark{{first.first_record.value - 1}, 0, first.start_lsn, {}};
  }
  // Its first transaction began in a segment that is gone.
  log::Reader reader(segments_);
  TRY(reader.seek(first.first_record));
  const Sequence written = tail_->written().record;
  while (reader.position() <= written) {
    TRY_ASSIGN(const BlockPtr block, reader.next(written));
    if (block->header.open_begin.value != 0) continue;
    return Mark{{block->header.next_record().value - 1}, 0, block->header.end_lsn, {}};
  }
  return tail_->written();
}

LogStatus Log::status() const {
  LogStatus status;
  const auto segments = segments_.all();
  if (!segments.empty()) status.first = segments.front().header.first_record;
  const Mark durable = tail_->durable();
  status.durable = durable.record;
  status.segments = segments.size();
  status.size_bytes = segments_.size_bytes() + spares_.size_bytes();
  status.size_bytes_max = options_.size_bytes_max;
  status.syncs = syncer_->syncs();
  status.blocks = tail_->written().block;
  return status;
}

}  // namespace slotcast::log
