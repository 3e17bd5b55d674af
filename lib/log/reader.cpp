#include "lib/log/reader.h"

#include "lib/base/ensure.h"

namespace slotcast::log {

Status Reader::seek(Sequence record) {
  const auto segment = segments_.find(record);
  if (!segment) {
    return invalid("record " + to_string(record) + " is no longer in the log");
  }
  open(*segment);
  return {};
}

void Reader::open(const Segment& segment) {
  segment_ = segment;
  offset_ = kFirstBlockOffset;
  next_record_ = segment.header.first_record;
}

Error Reader::at_offset(const Error& error) const {
  return error.prefixed("segment " + segment_->name + ": block at offset " +
                        std::to_string(offset_));
}

Status Reader::follow_to_next_segment() {
  const auto following = segments_.after(segment_->header.first_record);
  if (!following || following->header.first_record != next_record_) return {};
  if (following->header.previous_end != offset_) {
    return corrupt("segment " + segment_->name + " ends at " + std::to_string(offset_) + " where " +
                   following->name + " says " + std::to_string(following->header.previous_end));
  }
  open(*following);
  return {};
}

Result<BlockPtr> Reader::next(Sequence written) {
  ENSURE(segment_.has_value());
  if (next_record_ > written) return BlockPtr();
  TRY(follow_to_next_segment());
  auto block = read_block(*segment_->file, offset_, segment_->header.epoch);
  if (!block.ok()) return at_offset(block.error());
  const BlockHeader& header = block.value()->header;
  if (header.first_record != next_record_) {
    return at_offset(corrupt("holds record " + to_string(header.first_record) + " instead of " +
                             to_string(next_record_)));
  }
  offset_ += header.size_on_disk();
  next_record_ = header.next_record();
  return block;
}

Status Reader::pass(const BlockHeader& header) {
  TRY(follow_to_next_segment());
  ENSURE(header.first_record == next_record_);
  offset_ += header.size_on_disk();
  next_record_ = header.next_record();
  return {};
}

Result<bool> Reader::commits(Sequence begin) const {
  Reader ahead = *this;
  while (true) {
    TRY(ahead.follow_to_next_segment());
    auto header =
        read_block_header(*ahead.segment_->file, ahead.offset_, ahead.segment_->header.epoch);
    if (!header.ok()) return ahead.at_offset(header.error());
    if (header.value().open_begin != begin) break;
    ahead.offset_ += header.value().size_on_disk();
    ahead.next_record_ = header.value().next_record();
  }
  auto block = read_block(*ahead.segment_->file, ahead.offset_, ahead.segment_->header.epoch);
  if (!block.ok()) return ahead.at_offset(block.error());
  RecordCursor cursor = block.value()->records();
  Record record;
  while (cursor.next(record)) {
    if (record.type == RecordType::Commit) return true;
    if (record.type == RecordType::Abandon) return false;
  }
  return ahead.at_offset(corrupt("the end of the transaction that begins at record " +
                                 to_string(begin) + " is missing"));
}

}  // namespace slotcast::log
