#include "lib/branch/log_feed.h"

#include <algorithm>
#include <utility>

#include "lib/base/ensure.h"

namespace slotcast::branch {

using End = pgoutput::TransactionPart::End;

Status LogFeed::start(const journal::Checkpoint& from) {
  from_ = from.next;
  position_ = from;
  state_ = {};
  part_ = 0;
  let_go();
  in_snapshot_ = beside_.snapshot != nullptr && log::is_in_snapshot(from.next);
  range_end_ = {};
  chunk_end_ = {};
  chunk_done_ = 0;
  chunk_block_ = nullptr;
  marker_.clear();
  return in_snapshot_ ? Status() : reader_.seek(from.next);
}

void LogFeed::let_go() {
  block_ = nullptr;
  ahead_ = nullptr;
  chunk_block_ = nullptr;
  shared_.leave();
}

Result<bool> LogFeed::load(Sequence written) {
  part_ = 0;
  block_ = std::exchange(ahead_, nullptr);
  if (!block_) {
    TRY_ASSIGN(block_, read(written));
  }
  return block_ != nullptr;
}

Result<pgoutput::DecodedPtr> LogFeed::read(Sequence written) {
  if (in_snapshot_) {
    TRY_ASSIGN(const bool there, find_range());
    if (!there) return pgoutput::DecodedPtr();
  }
  if (!in_snapshot_) return read_from(reader_, written);
  return read_from(side_reader_, std::min(written, Sequence{range_end_.value - 1}));
}

// Stands in a range of the snapshot afterwards, or behind the last one, in the stream. False when
// the next range is still being copied.
Result<bool> LogFeed::find_range() {
  if (side_reader_.position() < range_end_) return true;
  const auto next = beside_.snapshot->next(position_.next);
  if (next.segment) {
    side_reader_.open(*next.segment);
    range_end_ = next.segment->next_record;
    return true;
  }
  if (!next.is_end) return false;
  in_snapshot_ = false;
  from_ = position_.next = log::kStreamBegin;
  state_ = {};
  TRY(reader_.seek(from_));
  return true;
}

Result<pgoutput::DecodedPtr> LogFeed::read_from(log::Reader& reader, Sequence written) {
  const Sequence first = reader.position();
  if (first > written) return pgoutput::DecodedPtr();
  const auto read_and_decode = [&]() -> Result<pgoutput::DecodedPtr> {
    TRY_ASSIGN(const log::BlockPtr raw, reader.next(written));
    return pgoutput::decode(raw, state_, from_);
  };
  pgoutput::DecodedPtr block;
  // What stands before the checkpoint is decoded for its schema only: nothing to share.
  if (first >= from_) {
    TRY_ASSIGN(block, shared_.get(first, read_and_decode));
    if (reader.position() == first) TRY(reader.pass(block->raw->header));
  } else {
    TRY_ASSIGN(block, read_and_decode());
  }
  state_ = block->after;
  return block;
}

Result<bool> LogFeed::is_committed(const pgoutput::TransactionPart& part, Sequence written) {
  if (part.end != End::Open) return part.end == End::Commit;
  if (settled_begin_ != part.begin) {
    TRY_ASSIGN(settled_commits_, will_commit(part.begin, written));
    settled_begin_ = part.begin;
  }
  return settled_commits_;
}

// Mostly the next block says it, which is needed anyway.
Result<bool> LogFeed::will_commit(Sequence begin, Sequence written) {
  if (!ahead_) {
    TRY_ASSIGN(ahead_, read(written));
  }
  ENSURE(ahead_ != nullptr && !ahead_->parts.empty() && ahead_->parts.front().begin == begin);
  const End end = ahead_->parts.front().end;
  if (end != End::Open) return end == End::Commit;
  return reader_.commits(begin);
}

Slice LogFeed::take(const pgoutput::TransactionPart& part) {
  Slice slice;
  slice.changes = std::span(block_->changes).subspan(part.first_change, part.change_count);
  slice.commit_lsn = part.commit_lsn;
  slice.commit_time = part.commit_time;
  slice.ends_transaction = part.end == End::Commit;
  if (!part.marker.empty()) marker_ = part.marker;
  if (!slice.ends_transaction) return slice;
  ended_marker_ = std::exchange(marker_, {});
  slice.marker = ended_marker_;
  position_ = {part.next, part.end_lsn, part.commit_time};
  return slice;
}

void LogFeed::leave_block() {
  const log::BlockHeader& header = block_->raw->header;
  if (header.open_begin.value == 0 && header.next_record() > position_.next) {
    position_.next = header.next_record();
    position_.lsn = std::max(position_.lsn, header.end_lsn);
  }
  block_ = nullptr;
}

// False when the rows that stand at the marker are still being read.
Result<bool> LogFeed::open_chunk(std::string_view marker) {
  const auto number = beside_.chunks->number_of(marker);
  if (!number || chunk_done_ == *number) return true;
  const log::Chunks::Found found = beside_.chunks->find(*number, beside_.sink);
  if (found.state == log::Chunks::State::Pending) return false;
  chunk_done_ = *number;
  if (found.state == log::Chunks::State::None) return true;
  chunk_reader_.open(*found.segment);
  chunk_end_ = found.segment->next_record;
  chunk_state_ = {};
  chunk_block_ = nullptr;
  return true;
}

// All of them count to the marker's transaction, which ends behind them.
Result<std::optional<Slice>> LogFeed::next_of_chunk() {
  while (chunk_end_.value != 0) {
    if (chunk_block_ && chunk_part_ < chunk_block_->parts.size()) {
      const pgoutput::TransactionPart& part = chunk_block_->parts[chunk_part_++];
      Slice slice;
      slice.changes =
          std::span(chunk_block_->changes).subspan(part.first_change, part.change_count);
      slice.commit_time = part.commit_time;
      return std::optional<Slice>(slice);
    }
    if (chunk_reader_.position() >= chunk_end_) {
      chunk_end_ = {};
      break;
    }
    TRY_ASSIGN(const log::BlockPtr raw, chunk_reader_.next({chunk_end_.value - 1}));
    TRY_ASSIGN(chunk_block_, pgoutput::decode(raw, chunk_state_, {}));
    chunk_state_ = chunk_block_->after;
    chunk_part_ = 0;
  }
  return std::optional<Slice>();
}

Result<std::optional<Slice>> LogFeed::next(Sequence written) {
  while (true) {
    if (!block_) {
      TRY_ASSIGN(const bool loaded, load(written));
      if (!loaded) return std::optional<Slice>();
    }
    if (part_ == block_->parts.size()) {
      leave_block();
      continue;
    }
    const pgoutput::TransactionPart& part = block_->parts[part_];
    const Sequence needed =
        part.end == End::Open ? block_->raw->header.next_record() : Sequence{part.next.value - 1};
    if (needed > written) return std::optional<Slice>();
    if (!part.marker.empty() && beside_.chunks != nullptr) {
      TRY_ASSIGN(const bool committed, is_committed(part, written));
      TRY_ASSIGN(const bool there, committed ? open_chunk(part.marker) : Result<bool>(true));
      if (!there) return std::optional<Slice>();
      TRY_ASSIGN(const auto rows, next_of_chunk());
      if (rows) return rows;
    }
    ++part_;
    TRY_ASSIGN(const bool committed, is_committed(part, written));
    if (committed) return std::optional<Slice>(take(part));
    if (part.end == End::Abandon) position_.next = part.next;
  }
}

}  // namespace slotcast::branch
